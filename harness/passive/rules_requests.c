/* Requests that must be refused come in. Their answers are held against that. */
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "harness/passive/rule.h"

/* An optional sign and ASCII digits; blanks around them are free. */
static bool is_integer(const char *text, size_t len) {
    static const char blanks[] = " \t\r\n";

    while (len && strchr(blanks, text[len - 1]))
        len--;
    while (len && strchr(blanks, *text))
        text++, len--;
    if (len && (*text == '+' || *text == '-'))
        text++, len--;
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > 0;
}

static void judge_integer(struct rule_context *k, const char *text, size_t len) {
    /* an empty one may mean that there is none */
    if (text && len && !k->t->repeated && !is_integer(text, len))
        rule_expect_status(k, !k->answered_well, "400: it is no integer");
}

static void integer_end(struct rule_context *k) {
    const char *text = k->t->key.expires;

    if (k->t->key.op == API_SET)
        judge_integer(k, text, text ? strlen(text) : 0);
}

static void integer_limit(struct rule_context *k) {
    size_t len = 0;
    const char *text = request_key_param(&k->t->key, "limit", &len);

    if (k->t->key.op == API_LIST)
        judge_integer(k, text, len);
}

/* Below the API's path, and none of its own; what routers may make of another form of one
 * is left alone. */
static bool is_below(const char *target) {
    const char *rest = target + strlen(API_PATH);
    size_t len = http_target_path_len(target);

    return strncmp(target, API_PATH "/", strlen(API_PATH) + 1) == 0 &&
           !api_has_path(target, len) && target[len - 1] != '/' &&
           !memchr(rest, '%', len - strlen(API_PATH)) &&
           !memmem(rest, len - strlen(API_PATH), "//", 2) &&
           !memmem(rest, len - strlen(API_PATH), "/.", 2);
}

static void unknown_path(struct rule_context *k) {
    const struct http_request *r = &k->t->x->request;

    if (k->t->key.op == API_OTHER && is_below(r->target) &&
        (strcmp(r->method, "GET") == 0 || strcmp(r->method, "POST") == 0))
        rule_expect_status(k, !k->answered_well, "404: there is no such path");
}

/* A UI extension reaches its own user's scope; whichever of two users that is, it must be
 * refused the other's. */
static void one_user(struct rule_context *k) {
    const char *key = k->t->key.credential, *user = k->history->user, *first;

    if (!key || strncmp(key, "key:", 4) != 0 ||
        strcmp(key + 4, api_roles[API_UI_EXTENSION]) != 0 || !user || !*user ||
        !k->t->key.type || strcmp(k->t->key.type, "user") != 0 || !k->answered_well)
        return;
    first = jsonx_string(k->memory, "user", NULL);
    if (!first)
        json_object_set_new(k->memory, "user", jsonx_text(user, strlen(user)));
    else
        rule_expect_status(k, strcmp(first, user) == 0,
                           "a 4xx: this UI extension was let in as another user");
}

static const struct rule rules[] = {
    {"integer-end", "SET-6", "an expires_at that is no integer is refused",
     integer_end},
    {"integer-limit", "LIST-4", "a limit that is no integer is refused", integer_limit},
    {"unknown-path", "ERR-5", "there is nothing on an unknown path", unknown_path},
    {"one-user", "ISO-5", "a UI extension reaches one user's scope", one_user},
};

const struct rules passive_requests = {rules, ARRAY_LEN(rules)};
