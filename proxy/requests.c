#include "proxy/requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"

enum { MAX_PATH = 500 };

struct entry {
    struct request_line line; /* method and target are its own */
    uint64_t number;
    json_t *nearest; /* of a miss, else NULL */
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
    free((char *)(uintptr_t)e->line.method);
    json_decref(e->nearest);
    memset(e, 0, sizeof(*e));
    ring->first = (ring->first + 1) % r->max_count;
    ring->count--;
}

/* A line is small and made into JSON only when somebody asks for it. */
static void push(struct requests *r, struct ring *ring, const struct request_line *line,
                 json_t *nearest) {
    size_t method = strlen(line->method), path = http_target_path_len(line->target);
    struct entry *e;
    size_t bytes;
    char *text;

    if (path > MAX_PATH)
        path = MAX_PATH;
    bytes = sizeof(*e) + method + path + (nearest ? 2048 : 0);
    while (ring->count &&
           (ring->count == r->max_count || ring->bytes + bytes > r->max_bytes)) {
        drop_first(r, ring);
        r->dropped++;
    }
    e = &ring->items[(ring->first + ring->count++) % r->max_count];
    r->number += !nearest; /* a miss is a request that is listed already */
    *e = (struct entry){*line, r->number, nearest, bytes};
    text = mem_grow(NULL, method + path + 2, 1);
    memcpy(text, line->method, method + 1);
    memcpy(text + method + 1, line->target, path);
    text[method + 1 + path] = '\0';
    e->line.method = text;
    e->line.target = text + method + 1;
    ring->bytes += bytes;
}

void requests_add(struct requests *r, const struct request_line *line) {
    pthread_mutex_lock(&r->lock);
    push(r, &r->all, line, NULL);
    pthread_mutex_unlock(&r->lock);
}

void requests_add_miss(struct requests *r, const struct request_line *line,
                       json_t *nearest) {
    pthread_mutex_lock(&r->lock);
    push(r, &r->misses, line, nearest);
    pthread_mutex_unlock(&r->lock);
}

static json_t *line_json(const struct entry *e) {
    const struct request_line *l = &e->line;
    json_t *o = json_pack("{s:I, s:I, s:o, s:o, s:s, s:s?, s:i, s:I, s:I}", "number",
                          (json_int_t)e->number, "at_ms", (json_int_t)l->at_ms,
                          "method", jsonx_text(l->method, strlen(l->method)), "path",
                          jsonx_text(l->target, strlen(l->target)), "label", l->label,
                          "fault", l->fault, "status", l->status, "exchange",
                          (json_int_t)l->exchange, "us", (json_int_t)l->us);

    if (e->nearest)
        json_object_set(o, "nearest", e->nearest);
    return o;
}

json_t *requests_json(struct requests *r, bool misses) {
    struct ring *ring = misses ? &r->misses : &r->all;
    json_t *list = json_array();

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < ring->count; i++)
        json_array_append_new(
            list, line_json(&ring->items[(ring->first + i) % r->max_count]));
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
