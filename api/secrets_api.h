/*
 * secrets_api.h - the Secrets API in one place: its routes, the names that it uses, its
 * limits and the roles of its credentials.
 *
 * The harness knows the routes from specs/endpoints.yaml instead, since a suite may describe
 * other endpoints.
 *
 * Threads    constants and pure functions.
 */
#ifndef ASSAY_API_SECRETS_API_H
#define ASSAY_API_SECRETS_API_H

#include "core/base.h"

#define API_PATH "/v1/apps/secrets"
#define API_OBJECT "apps.secret" /* OBJ-1 */

enum api_call { API_SET, API_FIND, API_LIST, API_DELETE, API_OTHER };
enum { API_CALLS = API_OTHER };

enum {
    API_MAX_CHARACTERS = 5000,  /* of a name or a payload (SET-10) */
    API_DEFAULT_PAGE = 10,      /* LIST-4 */
    API_MAX_PAGE = 100,         /* LIST-4a */
    API_SECRETS_PER_SCOPE = 10, /* SET-13 */
    API_EXPIRY_MAX_YEARS = 100  /* SET-11 */
};

struct api_route {
    const char *method, *path;
    enum api_call call;
};

extern const struct api_route api_routes[API_CALLS];

/* The call of a request; API_OTHER = none. `path_len` bytes of `path` are the path of its
 * target. */
enum api_call api_call_of(const char *method, const char *path, size_t path_len);
/* Is this the path of a call, whatever the method? */
bool api_has_path(const char *path, size_t path_len);
/* Is this a word of the API: a parameter (`scope[type]`), a member (`has_more`) or a path? */
bool api_has_word(const char *word);

enum api_role { API_MAIN, API_OTHER_ACCOUNT, API_LIVE, API_UI_EXTENSION, API_ROLES };

/* As profiles, specs and recordings (`key:live`) call them. */
extern const char *const api_roles[API_ROLES];
/* API_ROLES = it is none of them. */
enum api_role api_role_of(const char *name, size_t len);

#endif
