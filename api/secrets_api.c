/* A method and a path, a word or the name of a role come in; which call, word or role of the API
 * it is goes out. */
#include "api/secrets_api.h"

#include <string.h>

const struct api_route api_routes[API_CALLS] = {
    {"POST", API_PATH, API_SET},
    {"GET", API_PATH "/find", API_FIND},
    {"GET", API_PATH, API_LIST},
    {"POST", API_PATH "/delete", API_DELETE},
};

const char *const api_roles[API_ROLES] = {"main", "other_account", "live",
                                          "ui_extension"};

static const char *const words[] = {
    /* parameters */
    "name", "payload", "scope", "scope[type]", "scope[user]", "expires_at", "expand",
    "expand[]", "expand[0]", "limit", "starting_after", "ending_before",
    /* members */
    "id", "object", "type", "user", "created", "deleted", "livemode", "data",
    "has_more", "url", "error", "code", "message", "param", "doc_url",
    "request_log_url"};

static bool is_path(const char *known, const char *path, size_t len) {
    return strlen(known) == len && memcmp(known, path, len) == 0;
}

enum api_call api_call_of(const char *method, const char *path, size_t path_len) {
    for (size_t i = 0; i < API_CALLS; i++)
        if (is_path(api_routes[i].path, path, path_len) &&
            strcmp(api_routes[i].method, method) == 0)
            return api_routes[i].call;
    return API_OTHER;
}

bool api_has_path(const char *path, size_t path_len) {
    for (size_t i = 0; i < API_CALLS; i++)
        if (is_path(api_routes[i].path, path, path_len))
            return true;
    return false;
}

bool api_has_word(const char *word) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return api_has_path(word, strlen(word));
}

enum api_role api_role_of(const char *name, size_t len) {
    int role = 0;

    while (role < API_ROLES && !is_path(api_roles[role], name, len))
        role++;
    return (enum api_role)role;
}
