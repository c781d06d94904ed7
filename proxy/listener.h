/*
 * listener.h - the HTTP/1.1 front of serve, record and replay, on libmicrohttpd.
 *
 * A handler gets each complete request and answers it at once, or defers it and answers
 * later from any thread. Header order, case and duplicates are kept both ways; the
 * request target is raw. Body length, Transfer-Encoding and Connection are the
 * listener's business; an answer to HEAD without a body keeps its Content-Length.
 *
 * Units      bytes, seconds, milliseconds.
 * Errors     listener_start() returns NULL with `err`.
 * Ownership  an arrival belongs to the listener; it lives until it is answered.
 *            listener_answer() steals the contents of `response` and leaves it empty.
 * Threads    the handler is called from the listener's threads, several at once; in a
 *            listener without threads only within listener_turn().
 */
#ifndef ASSAY_PROXY_LISTENER_H
#define ASSAY_PROXY_LISTENER_H

#include "core/err.h"
#include "core/http.h"
#include "proxy/arrival.h"
#include "proxy/cors.h"
#include "proxy/hosts.h"

struct listener;

struct listener_options {
    const char *address; /* "HOST:PORT", "[::1]:0"; port 0 picks one */
    unsigned threads;    /* 0 = none, the owner calls listener_turn(); 1 = one of
                            its own; more = a pool with epoll */
    size_t max_body;     /* 0 = 16 MiB */
    size_t max_head;     /* of request line and headers; 0 = 68 KiB, room for a name
                            of 5,000 characters, percent-encoded */
    bool decode_bodies;  /* a Content-Encoding of requests is undone, and goes; the
                            recorder leaves that to its upstream */
    unsigned max_connections;       /* 0 = 1,000; more: see admission.h */
    void (*trouble)(const char *);  /* or NULL: what connections are refused for */
    unsigned idle_s;                /* 0 = 30 */
    const char *tls_cert, *tls_key; /* PEM texts, or NULL */
    bool forward; /* also a forward proxy, for `hosts` and itself; with TLS and without
                     on one port, and a certificate is needed */
    const struct hosts *hosts;
    struct cors cors; /* pages that may use it */
    void (*handle)(void *context, struct arrival *arrival);
    void (*log)(void *context, const struct arrival *arrival, int status,
                int64_t us); /* or NULL */
    /* What it refuses before a handler sees it (a body over the limit, a target that is
     * none) is an error of Assay's, and `refused` is told of it. NULL: it is one of the
     * API's. */
    void (*refused)(void *context, const struct arrival *arrival, int status);
    void *context;
};

struct listener *listener_start(const struct listener_options *options,
                                struct err *err);
/* "http://127.0.0.1:12111"; lent. */
const char *listener_url(const struct listener *l);
/* Is that URL the listener itself? */
bool listener_is(const struct listener *l, const char *url);
/* In the handler: the answer will come later. */
void listener_defer(struct arrival *arrival);
void listener_answer(struct arrival *arrival, struct http_response *response,
                     unsigned style);
/* The same after a time; the caller need not have deferred. */
void listener_answer_after(struct arrival *arrival, struct http_response *response,
                           unsigned style, int64_t delay_ms);
struct kept_answer; /* kept_answer.h */
/* At once. `k` may be freed when the handler has returned. */
void listener_answer_kept(struct arrival *arrival, struct kept_answer *k);
/* The body of the coming answer goes out a few bytes at a time, `ms` apart. */
void listener_drip(struct arrival *arrival, int64_t ms);
/* Close the connection without an answer. */
void listener_drop(struct arrival *arrival);
/* Without threads: do what can be done now, and how it is known when there is more. */
void listener_turn(struct listener *l);
int listener_fd(const struct listener *l); /* becomes readable */
int64_t
listener_wait_ms(const struct listener *l); /* or the time is over; -1 = never */
size_t listener_under_way(const struct listener *l); /* requests not answered yet */
/* Take no new connections. */
void listener_quiesce(struct listener *l);
/* Take no new connections, let what is under way finish within `bound_ms`, stop. */
void listener_stop(struct listener *l, int64_t bound_ms);

#endif
