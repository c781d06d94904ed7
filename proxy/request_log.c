/* Requests that were answered come in. The last of them go out as JSON, for people. */
#include "proxy/request_log.h"

#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/request_brief.h"
#include "recording/redact/redactor.h"

enum { MAX_METHOD = 40, MAX_PATH = 500, MAX_DETAIL = 8 * 1024 };

/* Texts behind one another in one piece, each with a NUL behind it. */
struct request_detail {
    size_t target, type, label, body, answer; /* lengths */
    size_t body_bytes, answer_bytes;          /* as they came; more = not kept */
    char texts[];
};

struct request_log_entry {
    struct request_line line; /* method and target are those below */
    uint64_t number;
    char method[MAX_METHOD + 1], path[MAX_PATH + 1];
};

struct ring {
    struct request_log_entry *items;
    json_t **nearest;                /* of each that is a miss, else NULL */
    struct request_detail **details; /* likewise, of those that have some */
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
    ring->details = mem_new(max_count, sizeof(*ring->details));
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
    free(ring->details[ring->first]);
    ring->details[ring->first] = NULL;
    ring->first = place_of(r, ring, 1);
    ring->count--;
}

static const char *put_text(char *out, size_t max, const char *text, size_t len) {
    len = len < max ? len : max;
    memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

static char *put_piece(char *at, const char *text, size_t len) {
    if (len)
        memcpy(at, text, len);
    at[len] = '\0';
    return at + len + 1;
}

static size_t length(const char *text) {
    return text ? strlen(text) : 0;
}

static struct request_detail *make_detail(const struct request_line *line) {
    const struct http_request *q = line->request;
    const struct http_response *a = line->answer;
    const char *type = http_headers_get(&q->headers, "Content-Type"),
               *label = http_headers_get(&q->headers, ASSAY_LABEL_HEADER);
    struct request_detail d = {.target = length(q->target),
                               .type = length(type),
                               .label = length(label),
                               .body_bytes = q->body_len,
                               .answer_bytes = a ? a->body_len : 0},
                          *made;
    char *at;

    if (d.target + d.type + d.label > MAX_DETAIL)
        return NULL;
    d.body = d.body_bytes <= MAX_DETAIL ? d.body_bytes : 0;
    d.answer = d.answer_bytes <= MAX_DETAIL ? d.answer_bytes : 0;
    made = mem_grow(NULL, 1,
                    sizeof(d) + d.target + d.type + d.label + d.body + d.answer + 5);
    *made = d;
    at = put_piece(made->texts, q->target, d.target);
    at = put_piece(at, type, d.type);
    at = put_piece(at, label, d.label);
    at = put_piece(at, q->body, d.body);
    put_piece(at, a ? a->body : NULL, d.answer);
    return made;
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
    ring->details[at] = line->request ? make_detail(line) : NULL;
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

/* The request and the answer as they were, but for what is secret. */
static void add_detail(json_t *o, const struct request_log_entry *e,
                       const struct request_detail *d, struct redactor *redactor) {
    const char *type = d->texts + d->target + 1, *label = type + d->type + 1,
               *body = label + d->label + 1, *answer = body + d->body + 1;
    struct http_request q = {0};
    struct http_response a = {.status = e->line.status};

    http_request_set(&q, e->method, d->texts);
    if (*type)
        http_headers_add(&q.headers, "Content-Type", type);
    if (d->body)
        http_request_body(&q, body, d->body);
    http_headers_add(&a.headers, "Content-Type", "application/json");
    if (d->answer)
        http_response_body(&a, answer, d->answer);
    redactor_request(redactor, &q);
    redactor_response(redactor, &a);
    json_object_set_new(o, "params", request_params(&q));
    if (*label)
        json_object_set_new(o, "test", jsonx_text(label, d->label));
    if (a.body)
        json_object_set_new(o, "answer", jsonx_text(a.body, a.body_len));
    json_object_set_new(o, "body_bytes", json_integer((json_int_t)d->body_bytes));
    json_object_set_new(o, "answer_bytes", json_integer((json_int_t)d->answer_bytes));
    http_request_release(&q);
    http_response_release(&a);
}

static json_t *line_json(const struct request_log_entry *e, json_t *nearest,
                         const struct request_detail *detail,
                         struct redactor *redactor) {
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
    if (detail)
        add_detail(o, e, detail, redactor);
    return o;
}

json_t *request_log_json(struct request_log *r, bool misses, uint64_t since) {
    struct ring *ring = misses ? &r->misses : &r->all;
    struct redactor *redactor = redactor_new();
    json_t *list = json_array();

    for (size_t i = 0; i < ring->count; i++) {
        size_t at = place_of(r, ring, i);

        if (ring->items[at].number > since)
            json_array_append_new(list, line_json(&ring->items[at], ring->nearest[at],
                                                  ring->details[at], redactor));
    }
    redactor_free(redactor);
    return list;
}

json_t *request_log_document(struct request_log *r, const char *kind, bool misses,
                             uint64_t since) {
    return json_pack("{s:s, s:I, s:o}", "kind", kind, "last", (json_int_t)r->number,
                     misses ? "misses" : "requests",
                     request_log_json(r, misses, since));
}

uint64_t request_log_since(const struct http_request *q) {
    const char *query = http_target_query(q->target);
    int64_t since;

    return strncmp(query, "since=", 6) == 0 &&
                   str_to_int(query + 6, strlen(query + 6), &since) && since > 0
               ? (uint64_t)since
               : 0;
}

void request_log_clear(struct request_log *r) {
    while (r->all.count)
        drop_first(r, &r->all);
    while (r->misses.count)
        drop_first(r, &r->misses);
    r->number = 0;
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
    free(r->all.details);
    free(r->misses.details);
    free(r->misses.items);
    free(r->misses.nearest);
    free(r);
}
