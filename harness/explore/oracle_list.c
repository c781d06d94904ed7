/* A move that lists comes in. Its steps and checks go out: a page, a walk, or the whole
 * list. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/explore/oracle_state.h"

static const struct expected_secret *
history_of_item(struct oracle *t, const json_t *item, struct move *as) {
    const char *name = jsonx_string(item, "name", "");

    *as = *t->m;
    for (as->name = 0; as->name < NAMES; as->name++) {
        json_t *known = oracle_name(t, as);
        bool found = strcmp(json_string_value(known), name) == 0;

        json_decref(known);
        if (found)
            break;
    }
    return oracle_secret_at(t, as);
}

/* One member of every item, by name, in any order: {$same_set: [{name, KEY}, ..]}. */
static json_t *each_by_name(struct oracle *t, const json_t *data, const char *key) {
    json_t *all = json_array();

    for (size_t i = 0; i < json_array_size(data); i++) {
        struct move as;
        const struct expected_secret *s =
            history_of_item(t, json_array_get(data, i), &as);
        json_t *item = json_pack("{s:o}", "name", oracle_name(t, &as));

        if (strcmp(key, "id") == 0)
            json_object_set_new(item, key, oracle_variable("id", s->number));
        else if (strcmp(key, "created") == 0)
            json_object_set_new(item, key, oracle_variable("made", s->number));
        else if (strcmp(key, "expires_at") == 0)
            json_object_set_new(item, key,
                                s->ends_s ? oracle_variable("ends", s->number)
                                          : json_null());
        else if (strcmp(key, "payload") == 0)
            json_object_set(item, key, s->payload);
        json_array_append_new(all, item);
    }
    return json_pack("{s:o}", "$same_set", all);
}

static json_t *names_only(const json_t *data) {
    json_t *names = json_array();

    for (size_t i = 0; i < json_array_size(data); i++)
        json_array_append(names, json_object_get(json_array_get(data, i), "name"));
    return json_pack("{s:o}", "$same_set", names);
}

/* Items stand in /body/data of a list, in /items of a walk. */
static json_t *items_are(bool walk, json_t *value) {
    return walk ? json_pack("{s:o}", "items", value) : oracle_body("data", value);
}

static json_t *each_is(bool walk, size_t count, const char *key, json_t *value) {
    return items_are(walk, json_pack("{s:I, s:{s:o}}", "$len", (json_int_t)count,
                                     "$each", key, value));
}

static void check_items(struct oracle *t, json_t *step, const char *what, bool walk,
                        size_t count) {
    if (!t->m->expand)
        oracle_check(t, step, what, "OBJ-4",
                     each_is(walk, count, "payload", oracle_hidden()));
    oracle_check(t, step, what, "OBJ-5",
                 each_is(walk, count, "deleted", oracle_not_deleted()));
    oracle_check(t, step, what, "OBJ-6",
                 each_is(walk, count, "livemode", json_false()));
    if (count)
        oracle_check(t, step, what, "OBJ-3",
                     each_is(walk, count, "scope", oracle_scope(t->m)));
}

/* The first of a scope to end: what is listed is there until then. */
static const struct expected_secret *first_to_end(struct oracle *t) {
    const struct expected_secret *first = NULL;

    for (unsigned n = 0; n < NAMES; n++) {
        const struct expected_secret *s =
            &t->secrets[t->m->role == AS_OTHER][t->m->place][n];

        if (s->fate == FATE_LIVE && s->ends_s && (!first || s->ends_s < first->ends_s))
            first = s;
    }
    return first;
}

/* Which clause says that a list has just these: something beside them just went. */
static const char *list_clause(struct oracle *t, size_t count) {
    const char *clause = count ? "LIST-2" : "LIST-3";

    for (unsigned n = 0; n < NAMES; n++) {
        const struct expected_secret *s =
            &t->secrets[t->m->role == AS_OTHER][t->m->place][n];

        if (s->fate == FATE_DELETED)
            clause = "DEL-2";
        if (s->fate == FATE_EXPIRED)
            return "EXP-3";
    }
    return oracle_by(t, clause);
}

/* The whole list; what stands where is saved as order3.0, order3.1 and so on. Returns
 * the model's items, new; NULL = the call is refused. */
json_t *oracle_whole_list(struct oracle *t) {
    bool walk = t->m->place == PLACE_ACCOUNT;
    json_t *params = json_pack("{s:o}", "scope", move_scope(t->m)), *body, *data, *step;
    const char *what = "list";
    int status;
    size_t n;

    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "data.payload"));
    body = oracle_ask(t, oracle_call(t, EFFECT_LISTS), params, &status);
    if (walk && status == 200) {
        json_object_set_new(params, "limit", json_integer(ORACLE_MANY));
        json_object_set_new(params, "max_pages", json_integer(ORACLE_MANY));
    }
    step = oracle_step(t, walk && status == 200 ? "walk" : "list", params);
    oracle_encode(t, step);
    if (status != 200) {
        oracle_check_scope(t, step, what);
        json_decref(body);
        return NULL;
    }
    data = json_incref(json_object_get(body, "data"));
    n = json_array_size(data);
    json_decref(body);
    for (size_t i = 0; i < n && t->m->kind != MOVE_LIST; i++) {
        char *word = mem_printf("order%u.", t->number),
             *pointer =
                 walk ? mem_printf("/ids/%zu", i) : mem_printf("/body/data/%zu/id", i);

        oracle_save(step, word, (unsigned)i, pointer);
        free(word);
        free(pointer);
    }
    if (!walk) {
        oracle_check(t, step, what, "LIST-1",
                     json_pack("{s:i, s:{s:s, s:s, s:{s:s}, s:{s:s}}}", "status", 200,
                               "body", "object", "list", "url",
                               oracle_call(t, EFFECT_LISTS)->path, "has_more", "$type",
                               "boolean", "data", "$type", "array"));
        oracle_check_media(t, step, what);
    }
    oracle_check(t, step, what, list_clause(t, n),
                 walk
                     ? json_pack("{s:i, s:o}", "status", 200, "names", names_only(data))
                     : oracle_body("data", each_by_name(t, data, "name")));
    oracle_check(t, step, what, "OBJ-2", items_are(walk, each_by_name(t, data, "id")));
    oracle_check(t, step, what, "OBJ-7",
                 items_are(walk, each_by_name(t, data, "created")));
    oracle_check(t, step, what, "EXP-1",
                 items_are(walk, each_by_name(t, data, "expires_at")));
    if (t->m->expand)
        oracle_check(t, step, what, "LIST-12",
                     items_are(walk, each_by_name(t, data, "payload")));
    check_items(t, step, what, walk, n);
    if (!walk)
        oracle_check(t, step, what, "LIST-7", oracle_body("has_more", json_false()));
    oracle_valid_before(step, first_to_end(t));
    return data;
}

static json_t *order_variable(const struct oracle *t, size_t at) {
    return json_sprintf("${order%u.%zu}", t->number, at);
}

/* Where the model's item stands in its whole list. */
static size_t place_in(const json_t *data, const json_t *item) {
    size_t i = 0;

    while (i < json_array_size(data) &&
           strcmp(jsonx_string(json_array_get(data, i), "id", ""),
                  jsonx_string(item, "id", "")) != 0)
        i++;
    return i;
}

/* One page beside a cursor, in the order that the target itself has. */
void oracle_page(struct oracle *t) {
    json_t *data = oracle_whole_list(t), *params, *asked, *body, *page,
           *items = json_array();
    size_t n = json_array_size(data), at = n ? t->m->position % n : 0;
    const char *cursor = t->m->after ? "starting_after" : "ending_before";
    bool beside = n && (t->m->after || t->m->before);
    json_t *step;

    if (!data || t->m->place == PLACE_ACCOUNT || t->check_written)
        goto out; /* there, pages hold what is not ours */
    params = json_pack("{s:o}", "scope", move_scope(t->m));
    if (t->m->limit)
        json_object_set_new(params, "limit", json_integer(t->m->limit));
    asked = json_deep_copy(params);
    if (beside) {
        json_object_set_new(params, cursor, order_variable(t, at));
        json_object_set(asked, cursor, json_object_get(json_array_get(data, at), "id"));
    }
    if (t->m->expand)
        json_object_set_new(params, "expand", json_pack("[s]", "data.payload"));
    body = oracle_ask(t, oracle_call(t, EFFECT_LISTS), asked, NULL);
    page = json_object_get(body, "data");
    for (size_t i = 0; i < json_array_size(page); i++)
        json_array_append_new(
            items,
            json_pack("{s:o}", "id",
                      order_variable(t, place_in(data, json_array_get(page, i)))));
    step = oracle_step(t, "list", params);
    oracle_encode(t, step);
    oracle_check(t, step, "page",
                 oracle_by(t, !beside       ? "LIST-4"
                              : t->m->after ? "LIST-5"
                                            : "LIST-6"),
                 json_pack("{s:i, s:{s:O}}", "status", 200, "body", "data", items));
    oracle_check(
        t, step, "page", "LIST-7",
        oracle_body("has_more", json_incref(json_object_get(body, "has_more"))));
    check_items(t, step, "page", false, json_array_size(page));
    oracle_valid_before(step, first_to_end(t));
    json_decref(body);
    json_decref(asked);
out:
    json_decref(items);
    json_decref(data);
}

/* All pages, forward or back from the last. */
void oracle_walk(struct oracle *t) {
    json_t *data = oracle_whole_list(t), *params, *ids = json_array(), *step;
    size_t n = json_array_size(data), count = n;
    bool account = t->m->place == PLACE_ACCOUNT, back = t->m->before && n;

    if (!data || t->check_written || (account && t->f->no_small_walks))
        goto out;
    params = json_pack("{s:o, s:i, s:i}", "scope", move_scope(t->m), "limit",
                       t->m->limit ? (int)t->m->limit : 2, "max_pages", ORACLE_MANY);
    if (back) {
        json_object_set_new(params, "direction", json_string("backward"));
        json_object_set_new(params, "from", order_variable(t, n - 1));
        count = n - 1;
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(ids, order_variable(t, i));
    step = oracle_step(t, "walk", params);
    oracle_encode(t, step);
    oracle_check(t, step, "walk", oracle_by(t, back ? "LIST-6" : "LIST-5"),
                 json_pack("{s:i, s:O}", "status", 200, "ids", ids));
    oracle_check(t, step, "walk", "LIST-7", json_pack("{s:s}", "ended", "last page"));
    if (!t->m->expand)
        oracle_check(t, step, "walk", "OBJ-4",
                     each_is(true, count, "payload", oracle_hidden()));
    oracle_valid_before(step, first_to_end(t));
out:
    json_decref(ids);
    json_decref(data);
}
