/* A redacted recording and what is known at its end come in. Out goes in which exchanges
 * any of it may stand. */
#include "recording/redact/late_secrets.h"

#include <string.h>

#include "core/inflate.h"
#include "core/parallel_for.h"
#include "recording/redact/clean_texts.h"
#include "recording/redact/draft.h"

enum { PART_EXCHANGES = 500 };

struct late_part {
    const struct secret_book *book;
    struct clean_texts *clean;
    const struct recorded *items;
    size_t count;
    bool *may;
};

static bool may_hold(struct late_part *p, const char *text, size_t len) {
    const struct clean_text t = {CLEAN_TARGET, "", text, len, p->book->version};
    bool may = !clean_texts_has(p->clean, &t) && draft_may_change(p->book, text, len);

    if (!may)
        clean_texts_add(p->clean, &t);
    return may;
}

static bool may_hold_text(struct late_part *p, const char *text) {
    return text && may_hold(p, text, strlen(text));
}

static bool may_hold_headers(struct late_part *p, const struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++)
        if (may_hold_text(p, h->items[i].name) || may_hold_text(p, h->items[i].value))
            return true;
    return false;
}

static bool may_hold_body(struct late_part *p, const char *body, size_t len) {
    return body && (inflate_is_compressed(body, len) || may_hold(p, body, len));
}

static bool may_hold_any(struct late_part *p, const struct recorded *x) {
    const struct http_request *q = &x->request;
    const struct http_response *a = &x->response;

    return may_hold_text(p, q->target) || may_hold_headers(p, &q->headers) ||
           may_hold_body(p, q->body, q->body_len) || may_hold_text(p, a->reason) ||
           may_hold_headers(p, &a->headers) || may_hold_body(p, a->body, a->body_len) ||
           may_hold_headers(p, &x->trailers);
}

static void *look_at_part(void *context) {
    struct late_part *p = context;

    p->clean = clean_texts_new();
    for (size_t i = 0; i < p->count; i++)
        p->may[i] = may_hold_any(p, &p->items[i]);
    clean_texts_free(p->clean);
    return NULL;
}

void late_secrets_find(const struct secret_book *b, const struct recording *r,
                       bool *may) {
    size_t count = parallel_for_parts(r->count, PART_EXCHANGES), done = 0;
    struct late_part parts[MAX_PARTS];

    if (!r->count)
        return;
    for (size_t i = 0; i < count; i++) {
        size_t n = (r->count - done) / (count - i);

        parts[i] = (struct late_part){
            .book = b, .items = r->items + done, .count = n, .may = may + done};
        done += n;
    }
    parallel_for(parts, count, sizeof(*parts), look_at_part);
}
