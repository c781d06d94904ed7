/* A member of a recorded answer and the same one of today come in. Whether the API leaves
 * the difference free goes out. */
#include "harness/diff/freedom.h"

#include <string.h>

#include "core/jsonx.h"
#include "recording/key_token.h"

/* What clauses speak of; other members are the implementation's own. */
static const char *const members[] = {
    "id",    "object",     "created", "livemode", "name", "scope",    "type",
    "user",  "expires_at", "payload", "deleted",  "url",  "has_more", "data",
    "error", "code",       "message", "param",    ""};
static const char *const of_deleted[] = {"id",   "object", "deleted", "error",
                                         "type", "code",   "message", ""};

static bool is_one_of(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* Absent, null, or no in the way of the member (OBJ-4, OBJ-5). */
static bool is_nothing(const char *key, const json_t *value) {
    return !value || json_is_null(value) ||
           (strcmp(key, "deleted") == 0 && json_is_false(value));
}

static bool may_be_nothing(const char *key) {
    static const char *const such[] = {"payload", "deleted", "user"};

    return is_one_of(such, ARRAY_LEN(such), key);
}

static bool says_missing(const json_t *code) {
    const char *text = json_string_value(code);

    return text && strcmp(text, "resource_missing") == 0;
}

bool freedom_of_member(const struct interaction *t, const char *key,
                       const json_t *there, const json_t *here) {
    bool deleted = t->key.op == API_DELETE && t->x->response.status / 100 == 2;

    if (may_be_nothing(key) && is_nothing(key, there) && is_nothing(key, here))
        return true;
    if (strcmp(key, "param") == 0) /* ERR-3, a SHOULD */
        return true;
    if (strcmp(key, "code") == 0) /* one code has a clause: FIND-2, DEL-3 */
        return !says_missing(there) && !says_missing(here);
    return deleted ? !is_one_of(of_deleted, ARRAY_LEN(of_deleted), key)
                   : !is_one_of(members, ARRAY_LEN(members), key);
}

bool freedom_of_status(const struct interaction *t, int here) {
    int there = t->x->response.status;

    if (there / 100 != 4 || here / 100 != 4 || there == 401 || here == 401)
        return false;
    /* LIST-8: a cursor that is none; a scope that is closed to a UI extension (ISO-5) */
    return (t->key.op == API_LIST && t->key.cursor) ||
           key_token_role(t->key.credential) == API_UI_EXTENSION;
}
