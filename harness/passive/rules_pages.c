/* Pages of lists come in. They are held against their cursors: what stands before one, and
 * whose it is. */
#include <stdio.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/jsonx.h"
#include "harness/passive/rule.h"

enum { FEW_IDS = 3 };

static bool is_list(const struct rule_context *k) {
    return k->t->key.op == API_LIST && k->answered_well &&
           json_is_array(json_object_get(k->body, "data"));
}

static bool has_param(const struct rule_context *k, const char *name) {
    char text[32];

    snprintf(text, sizeof(text), "\n%s", name); /* its value is no part of it */
    return strstr(k->t->key.fingerprint, text) != NULL;
}

/* Where an id stands in a list; -1 = nowhere. */
static int place_in(const json_t *data, const char *id) {
    for (size_t i = 0; i < json_array_size(data); i++)
        if (strcmp(jsonx_string(json_array_get(data, i), "id", ""), id) == 0)
            return (int)i;
    return -1;
}

/* The lists of this scope that were taken while it was the same; emptied when it changed. */
static json_t *lists_of(struct rule_context *k) {
    char scope[24], state[64];
    json_t *kept;

    snprintf(scope, sizeof(scope), "%d", k->t->history);
    snprintf(state, sizeof(state), "%d %llu", k->t->before.scope_write,
             (unsigned long long)k->t->before.living);
    kept = json_object_get(k->memory, scope);
    if (!kept || strcmp(jsonx_string(kept, "state", ""), state) != 0) {
        kept = json_pack("{s:s, s:[]}", "state", state, "lists");
        json_object_set_new(k->memory, scope, kept);
    }
    return json_object_get(kept, "lists");
}

/* Nothing on this page stood on the wrong side of the cursor, or is it, in a list that was
 * taken of the same scope before. */
static void beside_cursor(struct rule_context *k, bool after) {
    const json_t *data = json_object_get(k->body, "data"), *list;
    const char *cursor = k->t->key.cursor;
    json_t *lists = lists_of(k);
    size_t i;

    rule_expect(k, place_in(data, cursor) < 0, "/body/data",
                "a page without the secret of its cursor", data);
    json_array_foreach(lists, i, list) {
        int at = place_in(list, cursor);

        for (size_t j = 0; at >= 0 && j < json_array_size(data); j++) {
            int before =
                place_in(list, jsonx_string(json_array_get(data, j), "id", "-"));

            rule_expect(k, before < 0 || (after ? before > at : before < at),
                        "/body/data",
                        after ? "only what follows the cursor"
                              : "only what stands before the cursor",
                        json_array_get(data, j));
        }
    }
}

static void judge_page(struct rule_context *k, const char *param, bool after) {
    if (!is_list(k) || has_doubt(k->t, RULE_DOUBTS | DOUBT_LIST_ORDER))
        return;
    if (k->t->key.cursor && has_param(k, param) &&
        !has_param(k, after ? "ending_before" : "starting_after"))
        beside_cursor(k, after);
    if (!k->t->key.cursor)
        json_array_append(lists_of(k), json_object_get(k->body, "data"));
}

static void page_after(struct rule_context *k) {
    judge_page(k, "starting_after", true);
}

static void page_before(struct rule_context *k) {
    judge_page(k, "ending_before", false);
}

/* ---- whose cursor it is ---- */

static void note_id(struct rule_context *k, const char *id) {
    char scope[24];
    json_t *scopes = json_object_get(k->memory, id);

    if (!*id)
        return;
    snprintf(scope, sizeof(scope), "%d", k->t->history);
    if (!scopes)
        json_object_set_new_nocheck(k->memory, id, scopes = json_object());
    json_object_set_new(scopes, scope, json_true());
}

/* So many ids that are all of one length, which this is not: it can be none. */
static bool looks_foreign(const struct rule_context *k, const char *cursor) {
    size_t first = 0;
    const char *id;
    json_t *scopes;

    json_object_foreach(k->memory, id, scopes) {
        first = first ? first : strlen(id);
        if (strlen(id) != first)
            return false;
    }
    return json_object_size(k->memory) >= FEW_IDS && strlen(cursor) != first;
}

static void note_item(struct rule_context *k, const json_t *item, const char *pointer) {
    (void)pointer;
    note_id(k, jsonx_string(item, "id", ""));
}

static void own_cursor(struct rule_context *k) {
    const char *cursor = k->t->key.cursor;
    const json_t *scopes = cursor ? json_object_get(k->memory, cursor) : NULL;
    char scope[24];

    snprintf(scope, sizeof(scope), "%d", k->t->history);
    if (is_list(k) && cursor && *cursor &&
        !k->histories->items[k->t->history].unexplained) {
        bool elsewhere = scopes && !json_object_get(scopes, scope);

        if (scopes || looks_foreign(k, cursor))
            rule_expect_status(k, scopes && !elsewhere,
                               "a 4xx: the cursor is no secret of this scope");
    }
    rule_each_secret(k, note_item);
}

static const struct rule rules[] = {
    {"page-after", "LIST-5", "a page holds what follows its cursor", page_after},
    {"page-before", "LIST-6", "a page holds what stands before its cursor",
     page_before},
    {"own-cursor", "LIST-8", "a cursor of another scope, or of none, is refused",
     own_cursor},
};

const struct rules passive_pages = {rules, ARRAY_LEN(rules)};
