/*
 * http_client.h - many HTTP requests at once to one server, on curl's multi interface.
 *
 * HTTP/1.1, or HTTP/2 where a server speaks nothing else; connections are kept and
 * reused, redirects shown and not followed. What is done about a failure is the owner's
 * business: a transfer that has ended is sent again or given back.
 *
 * Units      milliseconds, microseconds of the steady clock, bytes.
 * Errors     a failure is one of the transfer.
 * Ownership  a transfer is the client's; it is the owner's to use from http_client_take()
 *            to http_client_give_back(). The request must live as long.
 * Threads    one; http_client_wake() from any.
 */
#ifndef ASSAY_CORE_HTTP_CLIENT_H
#define ASSAY_CORE_HTTP_CLIENT_H

#include "core/http_transfer.h"

struct http_client;

struct http_client *http_client_new(const struct http_client_options *options,
                                    struct err *err);
struct http_transfer *http_client_take(struct http_client *c,
                                       const struct http_request *request, void *owner);
/* Its headers: those that are added, then those of the connection, no others. */
void http_client_header(struct http_transfer *t, const char *name, const char *value);
/* One that libcurl would add is left out, unless it is added. */
void http_client_leave_out(struct http_transfer *t, const char *name);
/* As soon as the gate and the rate allow. */
void http_client_send(struct http_client *c, struct http_transfer *t);
/* The same request once more. */
void http_client_again(struct http_client *c, struct http_transfer *t);
void http_client_give_back(struct http_client *c, struct http_transfer *t);
/* Nothing is sent before that (steady clock). */
void http_client_close_gate(struct http_client *c, int64_t until_us);
int64_t http_client_gate_us(const struct http_client *c);
/* Move what can move; how many have ended. */
size_t http_client_turn(struct http_client *c);
/* Until something can move, `fd` is readable (-1 = none), or `wait_ms` are over. */
void http_client_wait(struct http_client *c, int fd, int64_t wait_ms);
void http_client_wake(struct http_client *c);
/* The n-th of all transfers, whether it is somebody's or not; NULL = there are no more. */
struct http_transfer *http_client_transfer(const struct http_client *c, size_t n);
/* Close the connections that no transfer uses; true if there was one. */
bool http_client_close_idle(struct http_client *c);
/* From now on none is kept. */
void http_client_keep_none(struct http_client *c);
void http_client_free(struct http_client *c);

#endif
