/* Calls that wrote come in, one after the other. The state of each object and of each
 * collection goes out. */
#include "recording/history/resources.h"

#include <stdlib.h>
#include <string.h>

#include "core/edit_script.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/history/state.h"

void resources_init(struct resources *s) {
    *s = (struct resources){.index = json_object(), .collections = json_object()};
}

void resources_release(struct resources *s) {
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].id);
        free(s->items[i].collection);
    }
    free(s->items);
    json_decref(s->index);
    json_decref(s->collections);
    *s = (struct resources){0};
}

const struct resource *resources_find(const struct resources *s, const char *id) {
    const json_t *known = json_object_get(s->index, id);

    return known ? &s->items[json_integer_value(known)] : NULL;
}

static struct resource *find_or_add(struct resources *s, const char *id) {
    const struct resource *known = resources_find(s, id);

    if (known)
        return &s->items[known - s->items];
    s->items = mem_grow(s->items, s->count + 1, sizeof(*s->items));
    json_object_set_new_nocheck(s->index, id, json_integer((json_int_t)s->count));
    s->items[s->count] = (struct resource){.id = mem_strdup(id), .shown = -1};
    return &s->items[s->count++];
}

/* --- collections --- */

uint64_t resources_collection(const struct resources *s, const char *path) {
    char *prefix = mem_strdup(path), *end;
    const json_t *known = NULL;

    while (!(known = json_object_get(s->collections, prefix)) &&
           (end = strrchr(prefix, '/')))
        *end = '\0';
    free(prefix);
    return (uint64_t)json_integer_value(known);
}

static uint64_t mix(uint64_t state) {
    return state_mix_living((int)(state >> 32), (int)(uint32_t)state);
}

/* Count an object, or count it no more. */
static void count(struct resources *s, const struct resource *r, bool on) {
    uint64_t sum;

    if (!r->collection || r->deleted)
        return;
    sum = (uint64_t)json_integer_value(json_object_get(s->collections, r->collection));
    sum = on ? sum + mix(r->state) : sum - mix(r->state);
    json_object_set_new_nocheck(s->collections, r->collection,
                                json_integer((json_int_t)sum));
}

/* --- what a write does --- */

/* `place` tells the objects of one call apart. */
static uint64_t state_after(uint64_t state, const struct resource_request *q,
                            size_t place) {
    uint64_t pattern = edit_hash(q->pattern, strlen(q->pattern));

    return mix(state ^ mix(pattern + place)) | 1; /* 0 is of what nothing was done to */
}

static bool is_in(const char *id, const char *const *ids, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

static void touch(struct resources *s, const struct resource_request *q, size_t i,
                  const struct resource_outcome *done) {
    struct resource *r = find_or_add(s, q->ids[i]);
    bool one = q->names_one && i + 1 == q->in_path;

    count(s, r, false);
    r->state = state_after(r->state, q, i);
    r->deleted = (r->deleted && !one) || (one && q->deletes);
    r->shown = one && !q->deletes && done->id && strcmp(done->id, r->id) == 0
                   ? done->interaction
                   : -1;
    count(s, r, true);
}

static void create(struct resources *s, const struct resource_request *q,
                   const char *id, size_t place, const struct resource_outcome *done) {
    struct resource *r = find_or_add(s, id);
    bool shown = done->id && strcmp(done->id, id) == 0;

    count(s, r, false);
    r->state = state_after(0, q, q->count + place);
    r->deleted = false;
    r->shown = shown ? done->interaction : -1;
    free(r->collection);
    r->collection = shown ? mem_strdup(q->path) : NULL;
    count(s, r, true);
}

void resources_write(struct resources *s, const struct resource_request *q,
                     const struct resource_outcome *done) {
    /* an id that the client chose is created by a call that has it in no path */
    bool chosen = !q->names_one && done->id &&
                  is_in(done->id, (const char *const *)q->ids, q->count) &&
                  !is_in(done->id, (const char *const *)q->ids, q->in_path);

    for (size_t i = 0; i < q->count; i++)
        touch(s, q, i, done);
    for (size_t i = 0; i < done->fresh_count; i++)
        create(s, q, done->fresh[i], i, done);
    if (chosen)
        create(s, q, done->id, 0, done);
}
