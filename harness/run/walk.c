/* The parameters of a list come in. All of its pages go out as one result. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/run/attempt.h"

enum { DEFAULT_PAGES = 20, MOST_PAGES = 5000 };

/* A secret with the API's members alone: an implementation may tell more of it that no
 * one has changed, such as when it was read last. */
static json_t *known_members(json_t *item) {
    static const char *const members[] = {"id",         "object",   "created",
                                          "expires_at", "livemode", "name",
                                          "scope",      "payload",  "deleted"};
    json_t *known = json_is_object(item) ? json_object() : json_incref(item);

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        json_t *value = json_object_get(item, members[i]);

        if (value)
            json_object_set(known, members[i], value);
    }
    return known;
}

/* False: all of the page belongs to others. */
static bool walk_collect(struct attempt *a, json_t *walk, bool backward) {
    const json_t *data = jsonx_at(a->result, "/body/data");
    json_t *names = json_array(), *ids = json_array(), *items = json_array();
    json_int_t foreign = 0;
    bool shared = json_is_string(json_object_get(walk, "scope"));

    for (size_t i = 0; i < json_array_size(data); i++) {
        json_t *item = json_array_get(data, i);
        const char *name = jsonx_string(item, "name", NULL);
        bool ours =
            !shared || (name && json_object_get(json_object_get(walk, "own"), name));

        if (!ours) {
            foreign++;
            continue;
        }
        json_array_append(names, json_object_get(item, "name")
                                     ? json_object_get(item, "name")
                                     : json_null());
        json_array_append(ids, json_object_get(item, "id") ? json_object_get(item, "id")
                                                           : json_null());
        json_array_append_new(items, known_members(item));
    }
    bool any = json_array_size(items) > 0 || foreign == 0;
    const char *keys[] = {"names", "ids", "items"};
    json_t *page[] = {names, ids, items};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *before = json_object_get(walk, keys[i]);

        if (backward) {
            json_array_extend(page[i], before);
            json_object_set(walk, keys[i], page[i]);
        } else {
            json_array_extend(before, page[i]);
        }
        json_decref(page[i]);
    }
    json_object_set_new(walk, "foreign",
                        json_integer(jsonx_int(walk, "foreign", 0) + foreign));
    json_array_append_new(json_object_get(walk, "sizes"),
                          json_integer((json_int_t)json_array_size(data)));
    json_array_append(json_object_get(walk, "has_more"),
                      jsonx_at(a->result, "/body/has_more")
                          ? jsonx_at(a->result, "/body/has_more")
                          : json_null());
    return any;
}

/* The cursor of the next page, or NULL with the reason in *ended. */
static const char *walk_next(struct attempt *a, json_t *walk, bool backward,
                             const char **ended) {
    const json_t *data = jsonx_at(a->result, "/body/data");
    size_t n = json_array_size(data);
    const char *id;

    if (jsonx_int(a->result, "status", 0) != 200) {
        *ended = "status";
        return NULL;
    }
    if (!json_is_true(jsonx_at(a->result, "/body/has_more"))) {
        *ended = "last page";
        return NULL;
    }
    id = jsonx_string(json_array_get(data, backward ? 0 : n - 1), "id", NULL);
    if (n == 0 || !id) {
        *ended = "empty page";
        return NULL;
    }
    if (json_object_get(json_object_get(walk, "seen"), id)) {
        *ended = "loop";
        return NULL;
    }
    json_object_set_new(json_object_get(walk, "seen"), id, json_true());
    return id;
}

/* The short names that this row has made: what is ours in a shared scope. */
static json_t *own_names(const struct case_run *c) {
    json_t *own = json_object();

    for (size_t i = 0; i < c->made_count; i++) {
        const char *name = case_undo_name(c, c->made[i].name);

        if (name)
            json_object_set_new(own, name, json_true());
    }
    return own;
}

bool attempt_walk(struct attempt *a, const json_t *params, const char *as) {
    const struct call *call = a->s->call;
    bool backward =
        strcmp(jsonx_string(params, "direction", "forward"), "backward") == 0;
    json_int_t max = jsonx_int(params, "max_pages", DEFAULT_PAGES), pages = 0;
    json_t *page = json_deep_copy(params);
    json_t *walk =
        json_pack("{s:[], s:[], s:[], s:[], s:[], s:i, s:{}, s:o, s:O}", "names", "ids",
                  "items", "sizes", "has_more", "foreign", 0, "seen", "own",
                  own_names(a->c), "scope", json_object_get(params, "scope"));
    const char *cursor = jsonx_string(params, "from", NULL), *ended = "max_pages";
    bool ok = true;

    json_object_del(page, "direction");
    json_object_del(page, "max_pages");
    json_object_del(page, "from");
    while (ok && pages < max) {
        if (cursor)
            json_object_set_new(page, backward ? "ending_before" : "starting_after",
                                json_string(cursor));
        ok = attempt_send(a, call, page, as, NULL);
        pages++;
        if (!walk_collect(a, walk, backward) && max < MOST_PAGES)
            max++; /* what else lives there is no fault */
        cursor = walk_next(a, walk, backward, &ended);
        if (!cursor)
            break;
    }
    json_object_set(walk, "status", json_object_get(a->result, "status"));
    if (json_object_get(a->result, "failure"))
        json_object_set(walk, "failure", json_object_get(a->result, "failure"));
    json_object_set_new(walk, "pages", json_integer(pages));
    json_object_set_new(
        walk, "ended",
        strcmp(ended, "status") == 0
            ? json_sprintf("status %d", (int)jsonx_int(a->result, "status", 0))
            : json_string(ended));
    json_object_del(walk, "seen");
    json_object_del(walk, "own");
    json_object_del(walk, "scope");
    json_decref(page);
    attempt_result(a, walk);
    return ok;
}
