/*
 * daemons.h - the libmicrohttpd daemons behind one listening socket: one, plain or with
 * TLS; or for a forward proxy both, with the front that sorts connections between them.
 *
 * Units      milliseconds, bytes.
 * Errors     daemons_start() returns NULL with `err`; the socket is closed then, too.
 * Ownership  the daemons own the socket.
 * Threads    `threads` as in listener.h; with 0 the owner calls daemons_turn().
 */
#ifndef ASSAY_PROXY_DAEMONS_H
#define ASSAY_PROXY_DAEMONS_H

#include <microhttpd.h>

#include "core/err.h"
#include "proxy/admission.h"

struct daemons;

struct daemons_options {
    unsigned threads, idle_s;
    struct admission *admission; /* of their connections */
    size_t max_head;
    const char *tls_cert, *tls_key; /* PEM texts; needed to forward */
    bool forward;
    /* Forward: is it a "host:port" that a client may be connected to? */
    bool (*allows)(void *context, const char *authority);
    MHD_AccessHandlerCallback on_request;
    MHD_RequestCompletedCallback on_completed;
    void *(*on_target)(void *context, const char *target, struct MHD_Connection *c);
    void *context;
};

struct daemons *daemons_start(const struct daemons_options *options, int fd,
                              struct err *err);
/* Without threads: do what can be done now; what becomes readable when there is more;
 * and when to look at the latest, -1 = any time. */
void daemons_turn(struct daemons *d);
int daemons_fd(const struct daemons *d);
int64_t daemons_wait_ms(const struct daemons *d);
/* Take no new connections. */
void daemons_quiesce(struct daemons *d);
void daemons_stop(struct daemons *d);

#endif
