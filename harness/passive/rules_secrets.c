/* Answers about one secret come in. They are held against what was set, deleted and
 * expired before. */
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "harness/passive/rule.h"

/* The set that the asked secret lives by, if that is sure. */
static const struct interaction *set_of(const struct rule_context *k) {
    const struct state *s = &k->t->before;
    const struct interaction *set =
        s->name_effect >= 0 && !has_doubt(k->t, RULE_DOUBTS) && !s->expired
            ? &k->histories->interactions[s->name_effect]
            : NULL;

    return set && set->expires && !k->t->dated ? NULL : set;
}

static void same_as_set(struct rule_context *k) {
    const struct interaction *set = set_of(k);
    json_t *was;

    /* a repeated key is answered as it was before, whatever was set since */
    if (!set || !k->answered_well || k->t->repeated ||
        (k->t->key.op != API_FIND && k->t->key.op != API_DELETE))
        return;
    was = jsonx_body(&set->x->response);
    rule_expect(k,
                json_equal(json_object_get(k->body, "id"), json_object_get(was, "id")),
                "/body/id", "the id that set gave", json_object_get(k->body, "id"));
    if (k->t->key.op == API_FIND)
        rule_expect(k,
                    json_equal(json_object_get(k->body, "created"),
                               json_object_get(was, "created")),
                    "/body/created", "the created that set gave",
                    json_object_get(k->body, "created"));
    json_decref(was);
}

/* Seconds until the asked secret expires; INT64_MAX = never. */
static int64_t left_of(const struct rule_context *k) {
    const struct interaction *set =
        &k->histories->interactions[k->t->before.name_effect];

    return set->expires ? set->expires - k->t->now : INT64_MAX;
}

/* A scope of another type, or of none, holds nothing: 404 is an answer. */
static bool same_type(const struct request_key *a, const struct request_key *b) {
    return a->type && b->type && strcmp(a->type, b->type) == 0;
}

static void found(struct rule_context *k) {
    /* another credential may be kept out: that is no answer about the secret */
    if (k->t->key.op == API_FIND && set_of(k) && left_of(k) > RULE_GRACE_S &&
        same_type(&k->t->key, &set_of(k)->key) && k->t->x->response.status != 400 &&
        k->t->x->response.status != 401 && k->t->x->response.status != 403 &&
        k->t->key.credential && set_of(k)->key.credential &&
        strcmp(k->t->key.credential, set_of(k)->key.credential) == 0)
        rule_expect_status(k, k->answered_well,
                           "200: it was set and not deleted since");
}

static void gone(struct rule_context *k) {
    const struct state *s = &k->t->before;
    bool deleted = s->name_effect == NO_WRITE && s->name_write >= 0 &&
                   k->histories->interactions[s->name_write].key.op == API_DELETE &&
                   k->histories->interactions[s->name_write].succeeded;

    if ((k->t->key.op == API_FIND || k->t->key.op == API_DELETE) && deleted &&
        !has_doubt(k->t, RULE_DOUBTS) && !k->t->repeated)
        rule_expect_status(k, k->t->x->response.status / 100 == 4,
                           "404: it was deleted");
}

static void expired(struct rule_context *k) {
    const struct state *s = &k->t->before;

    if (k->t->key.op == API_FIND && s->expired && k->t->dated &&
        !has_doubt(k->t, RULE_DOUBTS) && left_of(k) < -RULE_GRACE_S)
        rule_expect_status(k, k->t->x->response.status / 100 == 4,
                           "404: it has expired");
}

static void expiry_kept(struct rule_context *k) {
    const json_t *expires = json_object_get(k->body, "expires_at");

    if (k->t->key.op == API_SET && k->answered_well && k->t->key.expires_at > 0)
        rule_expect(k,
                    json_is_integer(expires) &&
                        json_integer_value(expires) == k->t->key.expires_at,
                    "/body/expires_at", k->t->key.expires, expires);
}

static void expanded(struct rule_context *k) {
    const struct interaction *set = k->t->key.op == API_FIND ? set_of(k) : NULL;
    const json_t *payload = json_object_get(k->body, "payload");
    const char *was = set ? set->key.payload : NULL,
               *shown = json_string_value(payload);
    enum sameness is;

    if (!set || !was || !k->answered_well || !rule_expands(k))
        return;
    is = shown ? identity_compare(k->histories->identity, shown, was)
               : SAMENESS_DIFFERENT;
    if (is != SAMENESS_UNKNOWN)
        rule_expect(k, is == SAMENESS_SAME, "/body/payload", was, payload);
}

static void missing(struct rule_context *k) {
    const char *code = jsonx_string(json_object_get(k->body, "error"), "code", "");

    if ((k->t->key.op == API_FIND || k->t->key.op == API_DELETE) &&
        k->t->x->response.status == 404)
        rule_expect(k, strcmp(code, "resource_missing") == 0, "/body/error/code",
                    "\"resource_missing\"",
                    json_object_get(json_object_get(k->body, "error"), "code"));
}

static void deletion(struct rule_context *k) {
    if (k->t->key.op != API_DELETE || !k->answered_well)
        return;
    rule_expect(k, strcmp(jsonx_string(k->body, "object", ""), API_OBJECT) == 0,
                "/body/object", "\"" API_OBJECT "\"",
                json_object_get(k->body, "object"));
    rule_expect(k, json_is_true(json_object_get(k->body, "deleted")), "/body/deleted",
                "true", json_object_get(k->body, "deleted"));
}

static void required(struct rule_context *k) {
    const struct request_key *a = &k->t->key;
    bool lacks = !a->name || !*a->name || !a->type || !*a->type ||
                 (strcmp(a->type, "user") == 0 && (!a->user || !*a->user)) ||
                 (a->op == API_SET && (!a->payload || !*a->payload));

    if ((a->op == API_SET || a->op == API_FIND || a->op == API_DELETE) && lacks &&
        a->credential && *k->history->account && !strstr(a->fingerprint, "\nbody=") &&
        !strstr(a->fingerprint, "payload["))
        rule_expect_status(k, !k->answered_well,
                           "400: a required parameter is missing");
}

static const struct rule rules[] = {
    {"same-id", "OBJ-7", "id and created stay what set gave", same_as_set},
    {"required", "SET-4", "what lacks a required parameter is refused", required},
    {"found", "FIND-1", "what was set is found", found},
    {"missing-code", "FIND-2", "a 404 has the code resource_missing", missing},
    {"expanded", "FIND-4", "an expanded payload is the one that was set", expanded},
    {"deletion", "DEL-1", "a delete says so", deletion},
    {"deleted-gone", "DEL-2", "what was deleted is not found", gone},
    {"expiry-kept", "EXP-1", "expires_at comes back as set", expiry_kept},
    {"expired-gone", "EXP-3", "what has expired is not found", expired},
};

const struct rules passive_secrets = {rules, ARRAY_LEN(rules)};
