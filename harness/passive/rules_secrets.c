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

    return set && set->expires && !rule_knows_time(k) ? NULL : set;
}

static void same_as_set(struct rule_context *k) {
    const struct interaction *set = set_of(k);
    json_t *was;

    /* a repeated key is answered as it was before, whatever was set since */
    if (!set || !k->answered_well || k->t->repeated || k->t->key.op != API_FIND)
        return;
    was = jsonx_body(&set->x->response);
    rule_expect(k,
                json_equal(json_object_get(k->body, "id"), json_object_get(was, "id")),
                "/body/id", "the id that set gave", json_object_get(k->body, "id"));
    rule_expect(k,
                json_equal(json_object_get(k->body, "created"),
                           json_object_get(was, "created")),
                "/body/created", "the created that set gave",
                json_object_get(k->body, "created"));
    json_decref(was);
}

static void deleted_id(struct rule_context *k) {
    const struct interaction *set = set_of(k);
    json_t *was;

    if (!set || !k->answered_well || k->t->repeated || k->t->key.op != API_DELETE)
        return;
    was = jsonx_body(&set->x->response);
    rule_expect(k,
                json_equal(json_object_get(k->body, "id"), json_object_get(was, "id")),
                "/body/id", "the id that set gave", json_object_get(k->body, "id"));
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

static bool was_deleted(const struct rule_context *k) {
    const struct state *s = &k->t->before;
    const struct interaction *last =
        s->name_write >= 0 ? &k->histories->interactions[s->name_write] : NULL;

    return s->name_effect == NO_WRITE && last && last->key.op == API_DELETE &&
           last->succeeded && !has_doubt(k->t, RULE_DOUBTS) && !k->t->repeated;
}

static bool has_expired(const struct rule_context *k) {
    return k->t->before.expired && rule_knows_time(k) &&
           !has_doubt(k->t, RULE_DOUBTS) && !k->t->repeated &&
           left_of(k) < -RULE_GRACE_S;
}

static void gone(struct rule_context *k) {
    if (k->t->key.op == API_FIND && was_deleted(k))
        rule_expect_status(k, k->t->x->response.status / 100 == 4,
                           "404: it was deleted");
}

static void expired(struct rule_context *k) {
    if (k->t->key.op == API_FIND && has_expired(k))
        rule_expect_status(k, k->t->x->response.status / 100 == 4,
                           "404: it has expired");
}

static void deletes_nothing(struct rule_context *k) {
    if (k->t->key.op == API_DELETE && (was_deleted(k) || has_expired(k)))
        rule_expect_status(k, k->t->x->response.status / 100 == 4,
                           "404: there is nothing to delete");
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

static void expect_code(struct rule_context *k) {
    const json_t *code = json_object_get(json_object_get(k->body, "error"), "code");

    rule_expect(k,
                json_is_string(code) &&
                    strcmp(json_string_value(code), "resource_missing") == 0,
                "/body/error/code", "\"resource_missing\"", code);
}

static void missing(struct rule_context *k) {
    if (k->t->key.op == API_FIND && k->t->x->response.status == 404)
        expect_code(k);
}

static void missing_deleted(struct rule_context *k) {
    if (k->t->key.op == API_DELETE && k->t->x->response.status == 404)
        expect_code(k);
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

/* A call of that kind that lacks what it needs. */
static void judge_required(struct rule_context *k, enum api_call op) {
    const struct request_key *a = &k->t->key;
    bool lacks = !a->name || !*a->name || !a->type || !*a->type ||
                 (strcmp(a->type, "user") == 0 && (!a->user || !*a->user)) ||
                 (a->op == API_SET && (!a->payload || !*a->payload));

    if (a->op == op && lacks && a->credential && *k->history->account &&
        !strstr(a->fingerprint, "\nbody=") && !strstr(a->fingerprint, "payload["))
        rule_expect_status(k, !k->answered_well,
                           "400: a required parameter is missing");
}

static void set_required(struct rule_context *k) {
    judge_required(k, API_SET);
}

static void find_required(struct rule_context *k) {
    judge_required(k, API_FIND);
}

static void delete_required(struct rule_context *k) {
    judge_required(k, API_DELETE);
}

static const struct rule rules[] = {
    {"same-id", "OBJ-7", "id and created stay what set gave", same_as_set},
    {"required", "SET-4", "a set that lacks a required parameter is refused",
     set_required},
    {"find-required", "FIND-3", "a find that lacks a required parameter is refused",
     find_required},
    {"delete-required", "DEL-6", "a delete that lacks a required parameter is refused",
     delete_required},
    {"found", "FIND-1", "what was set is found", found},
    {"missing-code", "FIND-2", "a find that is 404 has the code resource_missing",
     missing},
    {"delete-missing-code", "DEL-3",
     "a delete that is 404 has the code resource_missing", missing_deleted},
    {"expanded", "FIND-4", "an expanded payload is the one that was set", expanded},
    {"deletion", "DEL-1", "a delete says so", deletion},
    {"deleted-id", "DEL-1", "a delete answers with the id that set gave", deleted_id},
    {"deletes-nothing", "DEL-3", "what is not there is not deleted", deletes_nothing},
    {"deleted-gone", "DEL-2", "what was deleted is not found", gone},
    {"expiry-kept", "EXP-1", "expires_at comes back as set", expiry_kept},
    {"expired-gone", "EXP-3", "what has expired is not found", expired},
};

const struct rules passive_secrets = {rules, ARRAY_LEN(rules)};
