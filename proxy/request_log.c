/* Requests that were answered come in. The last of them go out as JSON, for people. */
#include "proxy/request_log.h"

#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"

enum { MAX_METHOD = 40, MAX_PATH = 500 };

struct request_log_entry {
    struct request_line line; /* method and target are those below */
    uint64_t number;
    char method[MAX_METHOD + 1], path[MAX_PATH + 1];
};

struct ring {
    struct request_log_entry *items;
    json_t **nearest; /* of each that is a miss, else NULL */
    size_t first, count;
};

struct request_log {
    struct ring all, misses;
    size_t max_count;
    uint64_t dropped, number;
};

static void ring_init(struct ring *ring, size_t max_count) {
    ring->items = mem_new(max_count, sizeof(*ring->items));
    ring->nearest = mem_new(max_count, sizeof(json_t *));
}

struct request_log *request_log_new(size_t max_count) {
    struct request_log *r = mem_new(1, sizeof(*r));

    r->max_count = max_count;
    ring_init(&r->all, max_count);
    ring_init(&r->misses, max_count);
    return r;
}

static size_t place_of(const struct request_log *r, const struct ring *ring, size_t i) {
    size_t at = ring->first + i;

    return at < r->max_count ? at : at - r->max_count;
}

static void drop_first(struct request_log *r, struct ring *ring) {
    json_decref(ring->nearest[ring->first]);
    ring->first = place_of(r, ring, 1);
    ring->count--;
}

static const char *put_text(char *out, size_t max, const char *text, size_t len) {
    len = len < max ? len : max;
    memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

/* A line is small and made into JSON only when somebody asks for it. */
static void push(struct request_log *r, struct ring *ring,
                 const struct request_line *line, json_t *nearest) {
    struct request_log_entry *e;
    size_t at;

    if (ring->count == r->max_count) {
        drop_first(r, ring);
        r->dropped++;
    }
    at = place_of(r, ring, ring->count++);
    ring->nearest[at] = nearest;
    e = &ring->items[at];
    r->number += !nearest; /* a miss is a request that is listed already */
    e->line = *line;
    e->number = r->number;
    e->line.method =
        put_text(e->method, MAX_METHOD, line->method, strlen(line->method));
    e->line.target =
        put_text(e->path, MAX_PATH, line->target, http_target_path_len(line->target));
}

void request_log_add(struct request_log *r, const struct request_line *line) {
    push(r, &r->all, line, NULL);
}

void request_log_add_miss(struct request_log *r, const struct request_line *line,
                          json_t *nearest) {
    push(r, &r->misses, line, nearest);
}

static json_t *line_json(const struct request_log_entry *e, json_t *nearest) {
    const struct request_line *l = &e->line;
    json_t *o =
        json_pack("{s:I, s:I, s:o, s:o, s:s, s:s?, s:s?, s:i, s:I, s:I}", "number",
                  (json_int_t)e->number, "at_ms", (json_int_t)l->at_ms, "method",
                  jsonx_text(l->method, strlen(l->method)), "path",
                  jsonx_text(l->target, strlen(l->target)), "label", l->label, "fault",
                  l->fault, "hint", l->hint, "status", l->status, "exchange",
                  (json_int_t)l->exchange, "us", (json_int_t)l->us);

    if (nearest)
        json_object_set(o, "nearest", nearest);
    return o;
}

json_t *request_log_json(struct request_log *r, bool misses) {
    struct ring *ring = misses ? &r->misses : &r->all;
    json_t *list = json_array();

    for (size_t i = 0; i < ring->count; i++) {
        size_t at = place_of(r, ring, i);

        json_array_append_new(list, line_json(&ring->items[at], ring->nearest[at]));
    }
    return list;
}

void request_log_clear(struct request_log *r) {
    while (r->all.count)
        drop_first(r, &r->all);
    while (r->misses.count)
        drop_first(r, &r->misses);
}

uint64_t request_log_dropped(const struct request_log *r) {
    return r->dropped;
}

void request_log_free(struct request_log *r) {
    if (!r)
        return;
    request_log_clear(r);
    free(r->all.items);
    free(r->all.nearest);
    free(r->misses.items);
    free(r->misses.nearest);
    free(r);
}
