/* The texts of libmicrohttpd come in. A request as the handlers take it goes out, with what
 * the listener has to know of it. */
#include "proxy/pending.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/http_target.h"
#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/mhd.h"

enum {
    HEADER_COUNT = 1000,
    LINE_END = 2, /* bytes of CR LF */
};

struct pending *pending_new(const char *target, struct MHD_Connection *connection,
                            size_t max_body) {
    size_t len = strlen(target) + 1;
    struct pending *p =
        mem_grow(NULL, 1, sizeof(*p) + len + 2); /* see split_target() */

    *p = (struct pending){.wake = {.connection = connection}};
    p->arrival.request = &p->request;
    p->request.target = memcpy(p->target, target, len);
    p->request.headers = (struct http_headers){p->few, 0, PENDING_FEW_HEADERS};
    p->parsed_end = target + len - 1;
    p->arrival.began_us = clock_steady_us();
    buf_init(&p->body, max_body);
    return p;
}

void pending_free(struct pending *p) {
    free(*http_owned(&p->request.body));
    if (p->request.headers.items != p->few)
        free(p->request.headers.items);
    http_response_release(&p->response);
    buf_release(&p->body);
    free(p);
}

/* libmicrohttpd cuts a text off at a NUL. Its texts stand in one buffer, as they came,
 * with NULs for what parted them, `parted` bytes: between two of them there is nothing else
 * then. A header over several lines stands elsewhere, and far behind. */
static void look_between(struct pending *p, const char *next, size_t parted,
                         const char *end) {
    size_t gap = next > p->parsed_end ? (size_t)(next - p->parsed_end) : 0;

    p->has_nul = p->has_nul || (gap > parted && gap <= LISTENER_HEAD_BYTES);
    for (size_t i = 0; gap <= LISTENER_HEAD_BYTES && i < gap && !p->has_nul; i++)
        p->has_nul = p->parsed_end[i] && !strchr(" \t\r\n:", p->parsed_end[i]);
    p->parsed_end = end;
}

/* Method and headers are lent: libmicrohttpd keeps them until the request is over. */
static enum MHD_Result lend_header(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value) {
    struct pending *p = context;
    struct http_headers *h = &p->request.headers;

    (void)kind;
    if (h->count >= HEADER_COUNT)
        return MHD_NO;
    if (value && value != p->arrival.authority)
        look_between(p, name, LINE_END, value + strlen(value));
    if (p->arrival.authority && strcasecmp(name, "Host") == 0) {
        if (http_headers_get(h, "Host"))
            return MHD_YES;
        value = p->arrival.authority; /* whatever was sent: RFC 9112 section 3.2.2 */
    }
    if (h->count == h->cap) {
        h->cap *= 2;
        h->items =
            mem_grow(h->items == p->few ? NULL : h->items, h->cap, sizeof(*h->items));
        if (h->count == PENDING_FEW_HEADERS)
            memcpy(h->items, p->few, sizeof(p->few));
    }
    h->items[h->count++] = (struct http_header){name, value ? value : ""};
    return MHD_YES;
}

/* http://host/path becomes "host" and, behind it, "/path": at most two bytes more. */
static void split_target(struct pending *p) {
    struct http_target t;
    enum http_target_form form =
        http_target_split(p->request.method, p->request.target, &t);
    char *path = p->target + (form == TARGET_ABSOLUTE ? t.authority_len + 1 : 0);
    bool slash;
    size_t rest;

    p->wrong_target = form == TARGET_INVALID;
    if (form != TARGET_ABSOLUTE)
        return;
    slash = *t.rest == '/';
    rest = strlen(t.rest) + 1;
    memmove(p->target, t.authority, t.authority_len + rest);
    if (slash) {
        memmove(path, p->target + t.authority_len, rest);
    } else {
        memmove(path + 1, p->target + t.authority_len, rest);
        *path = strcmp(p->request.method, "OPTIONS") == 0 && rest == 1 ? '*' : '/';
    }
    p->target[t.authority_len] = '\0';
    p->arrival.authority = p->target;
    p->arrival.secure = t.secure;
    p->request.target = path;
}

/* Behind the last text there are the ends of its line and of an empty one. */
static void look_behind(struct pending *p, const char *method) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        p->wake.connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *end = method + (info ? info->header_size : 0);

    if (p->parsed_end > method && p->parsed_end < end)
        p->has_nul = p->has_nul || end - p->parsed_end > 2 * LINE_END;
}

void pending_begin(struct pending *p, const char *method, const char *version) {
    p->started = true;
    look_between(p, version, 1, version + strlen(version));
    p->request.method = method;
    split_target(p);
    MHD_get_connection_values(p->wake.connection, MHD_HEADER_KIND, lend_header, p);
    look_behind(p, method);
    if (p->arrival.authority)
        lend_header(p, MHD_HEADER_KIND, "Host", p->arrival.authority);
    p->arrival.loopback = mhd_is_loopback(p->wake.connection);
}

int pending_decode(struct pending *p, size_t max_body) {
    struct http_headers *h = &p->request.headers;
    const char *coding = http_headers_get(h, "Content-Encoding");
    struct buf plain = BUF_INIT(inflate_room(p->request.body_len, max_body));
    bool ok;
    size_t kept = 0;
    int status;

    if (!coding || !p->request.body || str_equal_nocase(coding, "identity"))
        return 0;
    ok = inflate_body(coding, p->request.body, p->request.body_len, &plain);
    if (ok) {
        free(*http_owned(&p->request.body));
        p->request.body = buf_take(&plain, &p->request.body_len);
        for (size_t i = 0; i < h->count; i++) /* they are lent: none is freed */
            if (!str_equal_nocase(h->items[i].name, "Content-Encoding"))
                h->items[kept++] = h->items[i];
        h->count = kept;
    }
    status = ok ? 0 : plain.failed ? 413 : 415;
    buf_release(&plain);
    return status;
}
