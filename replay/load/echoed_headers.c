/* In: recorded requests and their answers. Out: which headers come back as they were sent,
 * and those of an answer as its own request has them. */
#include "replay/load/echoed_headers.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/vocabulary.h"

enum { MAX_NAMES = 40 };

struct echoed_header {
    const char *name;     /* of the recording */
    const char *fallback; /* the answer to a request without it; NULL = nothing */
    bool differs;         /* it came back changed, or not at all */
};

struct echoed_headers {
    struct echoed_header items[MAX_NAMES];
    size_t count;
};

static struct echoed_header *find(struct echoed_headers *e, const char *name) {
    for (size_t i = 0; i < e->count; i++)
        if (str_equal_nocase(e->items[i].name, name))
            return &e->items[i];
    return NULL;
}

static void look_at_header(struct echoed_headers *e, const struct http_header *sent,
                           const struct http_headers *answer) {
    const char *back = http_headers_get(answer, sent->name);
    struct echoed_header *h = find(e, sent->name);

    if (vocabulary_is_http(sent->name, sent->value))
        return;
    if (!h && back && e->count < MAX_NAMES) {
        h = &e->items[e->count++];
        *h = (struct echoed_header){.name = sent->name};
    }
    if (h && (!back || strcmp(back, sent->value) != 0))
        h->differs = true;
}

static void look_for_fallback(struct echoed_header *h, const struct recording *r) {
    for (size_t i = 0; i < r->count && !h->fallback; i++) {
        const struct recorded *x = &r->items[i];

        if (x->outcome == OUTCOME_ANSWERED &&
            !http_headers_get(&x->request.headers, h->name))
            h->fallback = http_headers_get(&x->response.headers, h->name);
    }
}

/* Those that came before the first that came back were not looked at: once more. */
static void look_at_all(struct echoed_headers *e, const struct recording *r) {
    for (size_t i = 0; i < r->count; i++) {
        const struct recorded *x = &r->items[i];

        for (size_t k = 0;
             x->outcome == OUTCOME_ANSWERED && k < x->request.headers.count; k++)
            look_at_header(e, &x->request.headers.items[k], &x->response.headers);
    }
}

struct echoed_headers *echoed_headers_learn(const struct recording *recording) {
    struct echoed_headers *e = mem_new(1, sizeof(*e));
    size_t kept = 0;

    look_at_all(e, recording);
    if (e->count)
        look_at_all(e, recording);
    for (size_t i = 0; i < e->count; i++)
        if (!e->items[i].differs)
            e->items[kept++] = e->items[i];
    e->count = kept;
    for (size_t i = 0; i < e->count; i++)
        look_for_fallback(&e->items[i], recording);
    if (e->count)
        return e;
    free(e);
    return NULL;
}

void echoed_headers_apply(const struct echoed_headers *e, const struct http_request *q,
                          struct http_headers *answer) {
    for (size_t i = 0; e && i < e->count; i++) {
        const struct echoed_header *h = &e->items[i];
        const char *sent = http_headers_get(&q->headers, h->name),
                   *value = sent ? sent : h->fallback;

        if (value)
            http_headers_set(answer, h->name, value);
        else
            http_headers_remove(answer, h->name);
    }
}

void echoed_headers_free(struct echoed_headers *e) {
    free(e);
}
