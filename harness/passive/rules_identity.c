/* Answers that show ids come in. They are held against whose each id is: of which secret,
 * and of which account. */
#include <stdio.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "harness/passive/rule.h"

enum { SLOT_BYTES = 32 };

static json_t *part(struct rule_context *k, const char *name) {
    json_t *o = json_object_get(k->memory, name);

    if (!o)
        json_object_set_new(k->memory, name, o = json_object());
    return o;
}

static bool makes(const struct rule_context *k) {
    return k->t->key.op == API_SET && k->t->succeeded && !k->t->repeated;
}

/* Whatever stood under that name may be gone, or be another. */
static bool may_end(const struct rule_context *k) {
    int status = k->t->x->response.status;

    return interaction_writes(k->t) && !(status >= 400 && status < 500);
}

/* ---- two secrets, two ids ---- */

/* What is known of the secret that had this id: it still stands, for sure, and elsewhere. */
static bool stands_elsewhere(struct rule_context *k, const json_t *owner,
                             const char *slot, const char *id) {
    const char *there = jsonx_string(owner, "slot", slot),
               *now = jsonx_string(part(k, "slots"), there, "");
    int64_t expires = jsonx_int(owner, "expires", 0);

    return strcmp(there, slot) != 0 && strcmp(now, id) == 0 &&
           strcmp(jsonx_string(owner, "world", ""), k->history->account) == 0 &&
           json_is_true(json_object_get(owner, "live")) == k->history->live &&
           (!expires || (rule_knows_time(k) && expires > k->t->now + RULE_GRACE_S)) &&
           !has_doubt(k->t, RULE_DOUBTS);
}

static void remember_owner(struct rule_context *k, const char *slot, const char *id) {
    json_object_set_new_nocheck(part(k, "owners"), id,
                                json_pack("{s:s, s:s, s:b, s:I}", "slot", slot, "world",
                                          k->history->account, "live", k->history->live,
                                          "expires", (json_int_t)k->t->expires));
    json_object_set_new(part(k, "slots"), slot, json_string_nocheck(id));
}

static void unique(struct rule_context *k) {
    const char *id = jsonx_string(k->body, "id", "");
    char slot[SLOT_BYTES];

    if (!rule_slot(k, NULL, slot, sizeof(slot)) || !may_end(k))
        return;
    if (makes(k) && *id) {
        rule_expect(
            k, !stands_elsewhere(k, json_object_get(part(k, "owners"), id), slot, id),
            "/body/id", "an id that no other secret has",
            json_object_get(k->body, "id"));
        remember_owner(k, slot, id);
    } else {
        json_object_del(part(k, "slots"), slot);
    }
}

/* ---- what is deleted is what was named ---- */

static void deletes_own(struct rule_context *k) {
    const char *id = jsonx_string(k->body, "id", "");
    char slot[SLOT_BYTES];

    if (!rule_slot(k, NULL, slot, sizeof(slot)) || !may_end(k))
        return;
    if (makes(k) && *id) {
        remember_owner(k, slot, id);
        return;
    }
    if (k->t->key.op == API_DELETE && k->answered_well && !k->t->repeated && *id)
        rule_expect(
            k, !stands_elsewhere(k, json_object_get(part(k, "owners"), id), slot, id),
            "/body/id", "the id of the secret that was named, not of another",
            json_object_get(k->body, "id"));
    json_object_del(part(k, "slots"), slot);
}

/* ---- lists show what was set ---- */

static void remember_made(struct rule_context *k, const char *slot) {
    if (makes(k) && !has_doubt(k->t, RULE_DOUBTS))
        json_object_set_new(k->memory, slot,
                            json_pack("{s:O?, s:O?}", "id",
                                      json_object_get(k->body, "id"), "created",
                                      json_object_get(k->body, "created")));
    else
        json_object_del(k->memory, slot);
}

static void item_as_set(struct rule_context *k, const json_t *item,
                        const char *pointer) {
    char slot[SLOT_BYTES];
    const json_t *made;

    if (!rule_slot(k, jsonx_string(item, "name", ""), slot, sizeof(slot)) ||
        !(made = json_object_get(k->memory, slot)))
        return;
    rule_expect(k, json_equal(json_object_get(item, "id"), json_object_get(made, "id")),
                pointer, "the id that set gave", json_object_get(item, "id"));
    rule_expect(
        k,
        json_equal(json_object_get(item, "created"), json_object_get(made, "created")),
        pointer, "the created that set gave", json_object_get(item, "created"));
}

static void listed_as_set(struct rule_context *k) {
    char slot[SLOT_BYTES];

    if (k->t->key.op == API_LIST && !has_doubt(k->t, RULE_DOUBTS))
        rule_each_secret(k, item_as_set);
    else if (may_end(k) && rule_slot(k, NULL, slot, sizeof(slot)))
        remember_made(k, slot);
}

/* ---- accounts are apart ---- */

static bool is_role(const char *credential, const char *role) {
    return credential && strncmp(credential, "key:", 4) == 0 &&
           strcmp(credential + 4, role) == 0;
}

/* "main", "other" or NULL: only roles tell that two keys are of two accounts. */
static const char *world_of(const struct rule_context *k) {
    const char *key = k->t->key.credential;

    if (is_role(key, api_roles[API_OTHER_ACCOUNT]))
        return "other";
    return is_role(key, api_roles[API_MAIN]) ||
                   is_role(key, api_roles[API_UI_EXTENSION])
               ? "main"
               : NULL;
}

static void own_item(struct rule_context *k, const json_t *item, const char *pointer) {
    const json_t *owner =
        json_object_get(part(k, "owners"), jsonx_string(item, "id", ""));
    const char *name = jsonx_string(item, "name", "");
    char slot[SLOT_BYTES];
    bool theirs;

    if (!owner)
        return;
    theirs = strcmp(jsonx_string(owner, "world", ""), world_of(k)) != 0 &&
             strcmp(jsonx_string(owner, "name", ""), name) == 0 &&
             json_equal(json_object_get(owner, "created"),
                        json_object_get(item, "created")) &&
             !(rule_slot(k, name, slot, sizeof(slot)) &&
               json_object_get(part(k, "asked"), slot));
    rule_expect(k, !theirs, pointer, "no secret that another account has set",
                json_object_get(item, "id"));
}

static void accounts_apart(struct rule_context *k) {
    const char *id = jsonx_string(k->body, "id", "");
    char slot[SLOT_BYTES];

    if (!world_of(k))
        return;
    if (k->t->key.op == API_SET && rule_slot(k, NULL, slot, sizeof(slot)))
        json_object_set_new(part(k, "asked"), slot, json_true());
    if (makes(k) && *id)
        json_object_set_new_nocheck(part(k, "owners"), id,
                                    json_pack("{s:s, s:O?, s:O?}", "world", world_of(k),
                                              "name", json_object_get(k->body, "name"),
                                              "created",
                                              json_object_get(k->body, "created")));
    else
        rule_each_secret(k, own_item);
}

static const struct rule rules[] = {
    {"id-unique", "OBJ-2", "two secrets have two ids", unique},
    {"listed-as-set", "OBJ-7", "a list shows the id and created that set gave",
     listed_as_set},
    {"deletes-own", "DEL-4", "a delete takes the secret that was named", deletes_own},
    {"accounts-apart", "ISO-6", "no account shows what another has set",
     accounts_apart},
};

const struct rules passive_identity = {rules, ARRAY_LEN(rules)};
