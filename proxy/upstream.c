/* In: requests of clients. Out: the upstream's answers as they came, or what went wrong. */
#include "proxy/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "core/http_client.h"
#include "core/mem.h"
#include "core/str.h"

enum { MAX_IDLE_S = 4 }; /* many servers close a connection that was idle for 5 */

static const char cacert_hint[] =
    "; --cacert FILE names the certificates that it is verified by";

struct upstream {
    struct upstream_options options;
    struct http_client *http;
    size_t in_flight;
    struct upstream_call *done, **done_tail;
};

static void finish(void *context, struct http_transfer *t);

struct upstream *upstream_new(const struct upstream_options *options, struct err *err) {
    struct upstream *u = mem_new(1, sizeof(*u));
    const struct http_client_options http = {.connection = options->connection,
                                             .max_body = options->max_body,
                                             .max_idle_s = MAX_IDLE_S,
                                             .finished = finish,
                                             .context = u};

    u->options = *options;
    u->done_tail = &u->done;
    u->http = http_client_new(&http, err);
    if (u->http)
        return u;
    free(u);
    return NULL;
}

/* What is replaced by our own, or is for us alone. */
static bool is_ours(const char *name) {
    static const char *const names[] = {"Host", "Content-Length", "Expect",
                                        "Accept-Encoding", "Assay-Label"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(name, names[i]))
            return true;
    return false;
}

void upstream_send(struct upstream *u, struct upstream_call *call) {
    const struct http_headers *h = &call->request->headers;
    struct http_transfer *t = http_client_take(u->http, call->request, call);

    for (size_t i = 0; i < h->count; i++)
        if (!is_ours(h->items[i].name) && !http_is_hop_by_hop(h, h->items[i].name))
            http_client_header(t, h->items[i].name, h->items[i].value);
    http_client_header(t, "Accept-Encoding", "identity");
    t->sized = http_headers_get(h, "Content-Length") != NULL;
    http_client_send(u->http, t);
    u->in_flight++;
}

static void fail(const struct upstream *u, struct upstream_call *c,
                 const struct http_transfer *t) {
    switch (t->failure) {
    case HTTP_NO_HOST:
    case HTTP_NO_CONNECTION:
    case HTTP_NO_TLS:
    case HTTP_NO_TRUST:
        c->outcome = OUTCOME_REFUSED;
        c->failure = mem_printf("no connection to the upstream: %s%s", t->why,
                                t->failure == HTTP_NO_TRUST ? cacert_hint : "");
        break;
    case HTTP_TIMED_OUT:
        c->outcome = OUTCOME_TIMEOUT;
        c->failure = mem_printf("no whole answer from the upstream within %lld ms",
                                (long long)u->options.connection.timeout_ms);
        break;
    case HTTP_TOO_MANY_HEADERS:
        c->outcome = OUTCOME_TOO_LARGE;
        c->failure =
            mem_printf("the upstream sent more than %d headers or %d bytes of headers",
                       HTTP_CLIENT_MAX_HEADERS, HTTP_CLIENT_MAX_HEADER_BYTES);
        break;
    case HTTP_TOO_LARGE:
        c->outcome = OUTCOME_TOO_LARGE;
        c->failure =
            mem_printf("the upstream's answer is over %zu bytes", u->options.max_body);
        break;
    case HTTP_UNREADABLE:
        c->outcome = OUTCOME_UNREADABLE;
        c->failure = mem_strdup("the upstream's answer is not HTTP/1.1");
        break;
    default:
        c->outcome = t->headers_over ? OUTCOME_PARTIAL : OUTCOME_RESET;
        c->failure = t->headers_over
                         ? mem_printf("the upstream broke off after %zu bytes of the "
                                      "body",
                                      t->body.len)
                         : mem_strdup("the upstream closed the connection without an "
                                      "answer");
    }
}

static bool has_length(const struct http_response *r, const struct http_request *q) {
    return http_headers_get(&r->headers, "Content-Length") ||
           strcmp(q->method, "HEAD") == 0 || r->status == 204 || r->status == 304;
}

static void take_answer(struct upstream_call *c, struct http_transfer *t) {
    c->response = t->response;
    c->trailers = t->trailers;
    t->response = (struct http_response){0};
    t->trailers = (struct http_headers){0};
    http_response_body(&c->response, t->body.ptr, t->body.len);
    c->chunked = !has_length(&c->response, c->request);
}

/* Into the list of done calls. */
static void finish(void *context, struct http_transfer *t) {
    struct upstream *u = context;
    struct upstream_call *c = t->owner;

    if (!t->failure && t->response.status < 200) /* 101: nobody asked for it */
        t->failure = HTTP_UNREADABLE;
    c->outcome = OUTCOME_ANSWERED;
    if (t->failure)
        fail(u, c, t);
    if (c->outcome == OUTCOME_ANSWERED || c->outcome == OUTCOME_PARTIAL)
        take_answer(c, t);
    http_client_give_back(u->http, t);
    u->in_flight--;
    *u->done_tail = c;
    u->done_tail = &c->next;
    c->next = NULL;
}

static struct upstream_call *take_done(struct upstream *u) {
    struct upstream_call *first = u->done;

    u->done = NULL;
    u->done_tail = &u->done;
    return first;
}

struct upstream_call *upstream_turn(struct upstream *u) {
    http_client_turn(u->http);
    return take_done(u);
}

void upstream_wait(struct upstream *u, int fd, int64_t wait_ms) {
    http_client_wait(u->http, fd, wait_ms);
}

void upstream_wake(struct upstream *u) {
    http_client_wake(u->http);
}

size_t upstream_in_flight(const struct upstream *u) {
    return u->in_flight;
}

struct upstream_call *upstream_abort(struct upstream *u, const char *why) {
    struct http_transfer *t;

    for (size_t i = 0; (t = http_client_transfer(u->http, i)); i++) {
        struct upstream_call *c = t->owner;

        if (!c)
            continue;
        t->failure = HTTP_BROKEN;
        finish(u, t);
        free(c->failure);
        c->failure = mem_strdup(why);
    }
    return take_done(u);
}

void upstream_call_release(struct upstream_call *call) {
    http_response_release(&call->response);
    http_headers_release(&call->trailers);
    free(call->failure);
    call->failure = NULL;
}

void upstream_free(struct upstream *u) {
    if (!u)
        return;
    http_client_free(u->http);
    free(u);
}
