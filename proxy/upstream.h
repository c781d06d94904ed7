/*
 * upstream.h - the one server that a recorder forwards to.
 *
 * Requests go out with their method, raw target, and headers in order; hop-by-hop
 * headers, Host, Content-Length, Expect and Accept-Encoding are replaced by our own.
 * Answers come back as they were sent: redirects are not followed, nothing is decoded.
 *
 * Units      milliseconds; bytes.
 * Errors     a failure is an outcome of the call, in `outcome` and `failure`.
 * Ownership  a call belongs to the caller and must live until it is done.
 * Threads    one thread; upstream_wake() from any.
 */
#ifndef ASSAY_PROXY_UPSTREAM_H
#define ASSAY_PROXY_UPSTREAM_H

#include "core/connection.h"
#include "recording/recording.h"

struct upstream;

struct upstream_options {
    struct connection connection;
    size_t max_body;
};

struct upstream_call {
    const struct http_request *request;
    struct http_response response; /* as it came */
    struct http_headers trailers;
    bool chunked; /* no Content-Length in it */
    enum exchange_outcome outcome;
    char *failure; /* for people, without secrets; NULL when answered */
    void *context;
    struct upstream_call *next; /* in the list that upstream_turn() returns */
};

struct upstream *upstream_new(const struct upstream_options *options, struct err *err);
void upstream_send(struct upstream *u, struct upstream_call *call);
/* Move what can move; the calls that are done, in order. */
struct upstream_call *upstream_turn(struct upstream *u);
/* Until something can move, `fd` is readable, or `wait_ms` are over. */
void upstream_wait(struct upstream *u, int fd, int64_t wait_ms);
void upstream_wake(struct upstream *u);
size_t upstream_in_flight(const struct upstream *u);
/* End every call: done with OUTCOME_RESET. */
struct upstream_call *upstream_abort(struct upstream *u, const char *why);
void upstream_call_release(struct upstream_call *call);
void upstream_free(struct upstream *u);

#endif
