#include "proxy/requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"

struct entry {
    json_t *line;
    size_t bytes;
};

struct ring {
    struct entry *items;
    size_t first, count, bytes;
};

struct requests {
    struct ring all, misses;
    size_t max_count, max_bytes;
    uint64_t dropped, number;
    pthread_mutex_t lock;
};

struct requests *requests_new(size_t max_count, size_t max_bytes) {
    struct requests *r = mem_new(1, sizeof(*r));

    r->max_count = max_count;
    r->max_bytes = max_bytes;
    r->all.items = mem_new(max_count, sizeof(*r->all.items));
    r->misses.items = mem_new(max_count, sizeof(*r->misses.items));
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void drop_first(struct requests *r, struct ring *ring) {
    struct entry *e = &ring->items[ring->first];

    ring->bytes -= e->bytes;
    json_decref(e->line);
    e->line = NULL;
    ring->first = (ring->first + 1) % r->max_count;
    ring->count--;
}

static void push(struct requests *r, struct ring *ring, json_t *line, size_t bytes) {
    while (ring->count &&
           (ring->count == r->max_count || ring->bytes + bytes > r->max_bytes)) {
        drop_first(r, ring);
        r->dropped++;
    }
    ring->items[(ring->first + ring->count++) % r->max_count] =
        (struct entry){line, bytes};
    ring->bytes += bytes;
}

static json_t *line_json(struct requests *r, const struct request_line *l,
                         size_t *bytes) {
    size_t path = http_target_path_len(l->target);

    *bytes = 256 + path + strlen(l->method);
    return json_pack("{s:I, s:I, s:o, s:o, s:s, s:s?, s:i, s:I, s:I}", "number",
                     (json_int_t)++r->number, "at_ms", (json_int_t)l->at_ms, "method",
                     jsonx_text(l->method, strlen(l->method)), "path",
                     jsonx_text(l->target, path < 500 ? path : 500), "label", l->label,
                     "fault", l->fault, "status", l->status, "exchange",
                     (json_int_t)l->exchange, "us", (json_int_t)l->us);
}

void requests_add(struct requests *r, const struct request_line *line) {
    size_t bytes;
    json_t *o;

    pthread_mutex_lock(&r->lock);
    o = line_json(r, line, &bytes);
    push(r, &r->all, o, bytes);
    pthread_mutex_unlock(&r->lock);
}

void requests_add_miss(struct requests *r, const struct request_line *line,
                       json_t *nearest) {
    size_t bytes;
    json_t *o;

    pthread_mutex_lock(&r->lock);
    o = line_json(r, line, &bytes);
    json_object_set_new(o, "nearest", nearest);
    push(r, &r->misses, o, bytes + 2048);
    pthread_mutex_unlock(&r->lock);
}

json_t *requests_json(struct requests *r, bool misses) {
    struct ring *ring = misses ? &r->misses : &r->all;
    json_t *list = json_array();

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < ring->count; i++)
        json_array_append_new(
            list, json_deep_copy(ring->items[(ring->first + i) % r->max_count].line));
    pthread_mutex_unlock(&r->lock);
    return list;
}

void requests_clear(struct requests *r) {
    pthread_mutex_lock(&r->lock);
    while (r->all.count)
        drop_first(r, &r->all);
    while (r->misses.count)
        drop_first(r, &r->misses);
    pthread_mutex_unlock(&r->lock);
}

uint64_t requests_dropped(struct requests *r) {
    uint64_t n;

    pthread_mutex_lock(&r->lock);
    n = r->dropped;
    pthread_mutex_unlock(&r->lock);
    return n;
}

void requests_free(struct requests *r) {
    if (!r)
        return;
    requests_clear(r);
    free(r->all.items);
    free(r->misses.items);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
