/*
 * forward.h - the front of a forward proxy: what comes in on one port, sorted.
 *
 * A connection may begin with a request, with CONNECT, or with TLS, and so may what
 * follows the answer to a CONNECT. Each is handed on as it is: to the owner's `plain`
 * or `secure`, with all bytes but those of the CONNECT still unread. A CONNECT to
 * another host than those allowed gets 403 and is closed.
 *
 * Units      milliseconds.
 * Errors     forward_new() returns NULL with `err`.
 * Ownership  the front owns the listening socket, and each connection until it is
 *            handed on.
 * Threads    one: that which calls forward_turn().
 */
#ifndef ASSAY_PROXY_FORWARD_H
#define ASSAY_PROXY_FORWARD_H

#include <sys/socket.h>

#include "core/err.h"

struct forward;

struct forward_options {
    int fd; /* it listens */
    /* Is "host:port" one that a client may be connected to? */
    bool (*allows)(void *context, const char *authority);
    /* A connection whose next bytes are a request, or TLS. Takes `fd` over. */
    void (*hand_on)(void *context, int fd, const struct sockaddr *from,
                    socklen_t from_len, bool secure);
    void *context;
    unsigned max_waiting; /* connections that are not sorted yet */
    int64_t patience_ms;  /* for the first bytes of one */
};

struct forward *forward_new(const struct forward_options *options, struct err *err);
/* Becomes readable when there is something to do. */
int forward_fd(const struct forward *f);
/* Do what can be done now. */
void forward_turn(struct forward *f);
/* The longest that nothing may happen before forward_turn(); -1 = any time. */
int64_t forward_wait_ms(const struct forward *f);
/* Take no new connections; the socket is closed. */
void forward_quiesce(struct forward *f);
void forward_free(struct forward *f);

#endif
