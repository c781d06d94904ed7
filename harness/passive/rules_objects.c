/* Every secret that an answer shows comes in. Its members are held against the clauses
 * about the object. */
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "core/str.h"
#include "harness/passive/rule.h"

static void object_shape(struct rule_context *k, const json_t *o, const char *pointer) {
    const json_t *id = json_object_get(o, "id"),
                 *expires = json_object_get(o, "expires_at");
    const char *object = jsonx_string(o, "object", "");

    rule_expect(k, json_is_string(id) && json_string_length(id), pointer,
                "id: a non-empty string", id);
    rule_expect(k, strcmp(object, API_OBJECT) == 0, pointer,
                "object: \"" API_OBJECT "\"", json_object_get(o, "object"));
    rule_expect(k, json_is_integer(json_object_get(o, "created")), pointer,
                "created: an integer", json_object_get(o, "created"));
    rule_expect(k, json_is_boolean(json_object_get(o, "livemode")), pointer,
                "livemode: a boolean", json_object_get(o, "livemode"));
    rule_expect(k, json_is_string(json_object_get(o, "name")), pointer,
                "name: a string", json_object_get(o, "name"));
    rule_expect(k, json_is_object(json_object_get(o, "scope")), pointer,
                "scope: an object", json_object_get(o, "scope"));
    rule_expect(k, json_is_integer(expires) || json_is_null(expires), pointer,
                "expires_at: an integer or null", expires);
}

static void fingerprint(struct rule_context *k) {
    rule_each_secret(k, object_shape);
}

static void own_scope(struct rule_context *k, const json_t *o, const char *pointer) {
    const json_t *scope = json_object_get(o, "scope");
    const char *type = jsonx_string(scope, "type", ""), *user = k->t->key.user;

    if (!k->t->key.type || k->t->key.op == API_LIST)
        return;
    rule_expect(k,
                strcmp(type, k->t->key.type) == 0 &&
                    (strcmp(type, "user") != 0 ||
                     (user && strcmp(jsonx_string(scope, "user", ""), user) == 0)),
                pointer, "the scope that was asked for", scope);
}

static void scope(struct rule_context *k) {
    rule_each_secret(k, own_scope);
}

static void no_payload(struct rule_context *k, const json_t *o, const char *pointer) {
    const json_t *payload = json_object_get(o, "payload");

    if (!rule_expands(k))
        rule_expect(k, !payload || json_is_null(payload), pointer,
                    "payload: nothing or null, it was not expanded", payload);
}

static void hidden(struct rule_context *k) {
    rule_each_secret(k, no_payload);
}

static void own_name(struct rule_context *k, const json_t *o, const char *pointer) {
    const char *name = k->t->key.name, *got = jsonx_string(o, "name", NULL);

    if (name && *name && got && k->t->key.op != API_LIST &&
        str_utf8_valid(name, strlen(name)) && !rule_has_token(name) &&
        !rule_has_token(got))
        rule_expect(k, strcmp(got, name) == 0, pointer, "the name that was asked for",
                    json_object_get(o, "name"));
}

static void named(struct rule_context *k) {
    rule_each_secret(k, own_name);
}

static void not_deleted(struct rule_context *k, const json_t *o, const char *pointer) {
    rule_expect(k, !json_is_true(json_object_get(o, "deleted")), pointer,
                "deleted: not true on a live secret", json_object_get(o, "deleted"));
}

static void live(struct rule_context *k) {
    rule_each_secret(k, not_deleted);
}

static void right_mode(struct rule_context *k, const json_t *o, const char *pointer) {
    bool is_live = k->history->live;

    if (k->t->key.credential)
        rule_expect(k,
                    json_is_boolean(json_object_get(o, "livemode")) &&
                        json_is_true(json_object_get(o, "livemode")) == is_live,
                    pointer, is_live ? "livemode: true" : "livemode: false",
                    json_object_get(o, "livemode"));
}

static void mode(struct rule_context *k) {
    rule_each_secret(k, right_mode);
}

static const struct rule rules[] = {
    {"object-fingerprint", "OBJ-1", "every secret has its members", fingerprint},
    {"scope-kept", "OBJ-3", "a secret shows the scope that was asked for", scope},
    {"name-kept", "SET-8", "a secret shows the name that was asked for", named},
    {"payload-hidden", "OBJ-4", "no payload unless expanded", hidden},
    {"not-deleted", "OBJ-5", "a live secret is not deleted", live},
    {"livemode", "OBJ-6", "livemode is that of the key", mode},
};

const struct rules passive_objects = {rules, ARRAY_LEN(rules)};
