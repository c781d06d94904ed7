/* Answered lists come in. What they show is held against the state of the scope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/passive/rule.h"

static bool is_list(const struct rule_context *k) {
    return k->t->key.op == API_LIST && k->answered_well;
}

static void list_shape(struct rule_context *k) {
    if (!is_list(k))
        return;
    rule_expect(k, strcmp(jsonx_string(k->body, "object", ""), "list") == 0,
                "/body/object", "\"list\"", json_object_get(k->body, "object"));
    rule_expect(k, strcmp(jsonx_string(k->body, "url", ""), API_PATH) == 0, "/body/url",
                "\"" API_PATH "\"", json_object_get(k->body, "url"));
    rule_expect(k, json_is_boolean(json_object_get(k->body, "has_more")),
                "/body/has_more", "a boolean", json_object_get(k->body, "has_more"));
    rule_expect(k, json_is_array(json_object_get(k->body, "data")), "/body/data",
                "an array", json_object_get(k->body, "data"));
}

static void list_once(struct rule_context *k) {
    json_t *ids = json_object();
    const json_t *data = json_object_get(k->body, "data");

    for (size_t i = 0; is_list(k) && i < json_array_size(data); i++) {
        const char *id = jsonx_string(json_array_get(data, i), "id", "");

        rule_expect(k, !json_object_get(ids, id), "/body/data", "each secret once",
                    json_object_get(json_array_get(data, i), "id"));
        json_object_set_new(ids, *id ? id : "?", json_true());
    }
    json_decref(ids);
}

static void list_item_scope(struct rule_context *k, const json_t *o,
                            const char *pointer) {
    const char *user = jsonx_string(json_object_get(o, "scope"), "user", NULL);

    if (k->t->key.op != API_LIST || !k->t->key.type)
        return;
    rule_expect(k,
                strcmp(jsonx_string(json_object_get(o, "scope"), "type", ""),
                       k->t->key.type) == 0 &&
                    (!user || !k->t->key.user || strcmp(user, k->t->key.user) == 0),
                pointer, "a secret of the scope that was asked for",
                json_object_get(o, "scope"));
}

static void list_scope(struct rule_context *k) {
    rule_each_secret(k, list_item_scope);
}

static void list_page(struct rule_context *k) {
    size_t len;
    const char *limit = request_key_param(&k->t->key, "limit", &len);
    int64_t given = 0;
    long most = !limit                           ? API_DEFAULT_PAGE
                : str_to_int(limit, len, &given) ? (long)given
                                                 : 0;
    char wanted[48];

    if (!is_list(k) || most < 1)
        return;
    most = most > API_MAX_PAGE ? API_MAX_PAGE : most;
    snprintf(wanted, sizeof(wanted), "at most %ld items", most);
    rule_expect(k, (long)json_array_size(json_object_get(k->body, "data")) <= most,
                "/body/data", wanted, json_object_get(k->body, "data"));
}

struct last {
    int write, effect; /* of a name, and the set that it lives by; -1 = none */
};

/* What there was of each name of the history before this exchange; free(). */
static struct last *last_writes(const struct rule_context *k) {
    struct last *all = mem_new(k->history->name_count + 1, sizeof(*all));

    for (size_t i = 0; i < k->history->name_count; i++)
        all[i] = (struct last){-1, -1};
    for (size_t i = 0; i < k->history->count; i++) {
        int interaction = k->history->interactions[i];
        const struct interaction *t = &k->histories->interactions[interaction];

        if (t == k->t)
            break;
        if (t->name >= 0 && interaction_writes(t) && t->succeeded && !t->repeated)
            all[t->name] =
                (struct last){interaction, t->key.op == API_SET ? interaction : -1};
    }
    return all;
}

/* Names that were deleted for sure, or expired, are in no list. */
static void list_lacks(struct rule_context *k, bool by_expiry) {
    const json_t *data = json_object_get(k->body, "data");
    struct last *all;

    if (!is_list(k) || has_doubt(k->t, RULE_DOUBTS))
        return;
    all = last_writes(k);
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *o = json_array_get(data, i);
        int name = history_name_find(k->history, jsonx_string(o, "name", ""));
        const struct interaction *set =
            name >= 0 && all[name].effect >= 0
                ? &k->histories->interactions[all[name].effect]
                : NULL;

        if (name < 0 || all[name].write < 0)
            continue;
        if (!by_expiry)
            rule_expect(k, set != NULL, "/body/data", "no secret that was deleted",
                        json_object_get(o, "name"));
        else if (set && set->expires && rule_knows_time(k))
            rule_expect(k, set->expires + RULE_GRACE_S >= k->t->now, "/body/data",
                        "no secret that has expired", json_object_get(o, "name"));
    }
    free(all);
}

static bool lists(const json_t *data, const char *name) {
    for (size_t i = 0; i < json_array_size(data); i++) {
        const char *got = jsonx_string(json_array_get(data, i), "name", "");

        if (strcmp(got, name) == 0 || rule_has_token(got))
            return true;
    }
    return false;
}

/* A whole list has every name that the same key set for good. */
static void list_whole(struct rule_context *k) {
    const struct request_key *a = &k->t->key;
    const json_t *data = json_object_get(k->body, "data");
    struct last *all;

    if (!is_list(k) || has_doubt(k->t, RULE_DOUBTS) || a->cursor || a->name ||
        !a->credential || !a->type ||
        !json_is_false(json_object_get(k->body, "has_more")))
        return;
    all = last_writes(k);
    for (size_t i = 0; i < k->history->name_count; i++) {
        const char *name = k->history->names[i].text;
        const struct interaction *set =
            all[i].effect >= 0 ? &k->histories->interactions[all[i].effect] : NULL;
        json_t *shown;

        if (!set || set->expires || !set->key.credential ||
            strcmp(set->key.credential, a->credential) != 0 ||
            !str_utf8_valid(name, strlen(name)) || rule_has_token(name))
            continue;
        shown = json_string(name);
        rule_expect(k, lists(data, name), "/body/data",
                    "every secret that was set and not deleted since", shown);
        json_decref(shown);
    }
    free(all);
}

static void list_deleted(struct rule_context *k) {
    list_lacks(k, false);
}

static void list_expired(struct rule_context *k) {
    list_lacks(k, true);
}

static const struct rule rules[] = {
    {"list-fingerprint", "LIST-1", "a list has its members", list_shape},
    {"list-once", "LIST-2", "a list has each secret once", list_once},
    {"list-whole", "LIST-2", "a list has every secret of its scope", list_whole},
    {"list-scope", "ISO-3", "a list holds its own scope only", list_scope},
    {"page", "LIST-4", "a page is no longer than its limit", list_page},
    {"deleted-unlisted", "DEL-2", "what was deleted is not listed", list_deleted},
    {"expired-unlisted", "EXP-3", "what has expired is not listed", list_expired},
};

const struct rules passive_lists = {rules, ARRAY_LEN(rules)};
