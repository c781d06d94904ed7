/* An answer comes in. The response that libmicrohttpd sends goes out: whole, in chunks, in
 * drips, or broken off. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "proxy/mhd.h"
#include "proxy/pending.h"

enum { DRIP_BYTES = 8 };

struct chunks {
    struct pending *pending;
    char *bytes;
    size_t len, end; /* end < len: break off there */
    bool rested;     /* before these bytes of a drip */
};

static ssize_t read_chunk(void *context, uint64_t at, char *out, size_t max) {
    struct chunks *c = context;
    size_t left = c->end - (size_t)at, n = left < max ? left : max;
    int64_t drip = c->pending->drip_ms;

    if (left == 0)
        return c->end < c->len ? MHD_CONTENT_READER_END_WITH_ERROR
                               : MHD_CONTENT_READER_END_OF_STREAM;
    if (drip && !c->rested) {
        c->rested = true;
        MHD_suspend_connection(c->pending->wake.connection);
        wake_timer_at(c->pending->timer, &c->pending->wake, clock_steady_ms() + drip);
        return 0;
    }
    c->rested = false;
    if (drip && n > DRIP_BYTES)
        n = DRIP_BYTES;
    memcpy(out, c->bytes + at, n);
    return (ssize_t)n;
}

static void free_chunks(void *context) {
    struct chunks *c = context;

    free(c->bytes);
    free(c);
}

static ssize_t no_bytes(void *context, uint64_t at, char *out, size_t max) {
    (void)context, (void)at, (void)out, (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The answer to HEAD: the length that GET would have, and no body. */
static struct MHD_Response *make_head(const char *content_length) {
    return MHD_create_response_from_callback(strtoull(content_length, NULL, 10), 1024,
                                             no_bytes, NULL, NULL);
}

static struct MHD_Response *make_body(struct pending *p, bool chunked) {
    struct http_response *r = &p->response;
    bool cut = p->style & (ANSWER_CUT_BODY | ANSWER_CUT_HALF);
    struct chunks *c;
    char *bytes = r->body ? r->body : mem_strndup("", 0);
    size_t len = r->body ? r->body_len : 0;

    r->body = NULL;
    if (!chunked && !cut && !p->drip_ms)
        return MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    c = mem_new(1, sizeof(*c));
    *c = (struct chunks){.pending = p, .bytes = bytes, .len = len, .end = len};
    if (cut)
        c->end = p->style & ANSWER_CUT_HALF ? len / 2 : 0;
    return MHD_create_response_from_callback(chunked ? MHD_SIZE_UNKNOWN : len, 1024,
                                             read_chunk, c, free_chunks);
}

struct MHD_Response *pending_response(struct pending *p) {
    const struct http_response *r = &p->response;
    bool head = strcmp(p->request.method, "HEAD") == 0;
    bool no_body = head || r->status == 204 || r->status == 304 || r->status < 200;
    const char *length = http_headers_get(&r->headers, "Content-Length");
    struct MHD_Response *m = head && length && !r->body_len
                                 ? make_head(length)
                                 : make_body(p, p->style & ANSWER_CHUNKED && !no_body);

    mhd_add_headers(m, &r->headers);
    return m;
}
