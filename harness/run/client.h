/*
 * client.h - HTTP requests to the target, many at once, on curl's multi interface.
 *
 * Limits on all that comes back; what the wire needs is core/http_client.h.
 *
 * What is no fault of a target is not shown: a kept connection that it closed just as
 * we wrote is made anew, after a 429 everything waits (Retry-After, or longer and
 * longer, ten minutes in all) and is sent again, and a target that serves fewer
 * connections than we opened gets the idle ones back. So it is with what a gateway answers in its place (429, 502,
 * 503, 504 without the API's error envelope); when it says nothing else for long, that
 * is a failure.
 *
 * Errors     an exchange without a valid answer has status 0 and a `failure` in words.
 * Ownership  an exchange is the caller's; client_free() first waits for none.
 * Threads    one.
 */
#ifndef ASSAY_HARNESS_RUN_CLIENT_H
#define ASSAY_HARNESS_RUN_CLIENT_H

#include <signal.h>

#include "api/profile.h"
#include "core/connection.h"
#include "harness/run/failure.h"

struct client;

struct exchange {
    struct http_request request; /* as given; target without the base URL */
    struct http_response response;
    bool fresh;       /* over a new connection */
    bool bare;        /* without User-Agent and Accept, unless they are given */
    char *failure;    /* NULL = there is an answer */
    bool unreachable; /* no connection could be made */
    bool timed_out;   /* connected, and no whole answer in time */
    bool broke;       /* connected, and the connection ended before the answer */
    bool given_up;    /* we were asked to stop, and no answer came soon */
    bool gateway;     /* a gateway answered in the target's place */
    bool doubtful;    /* it did at first: what was sent may have been done unseen */
    int64_t begin_ms, end_ms; /* our wall clock */
    int64_t begin_us, end_us; /* steady, for what came before what */
    double ms;
    bool done;
    void (*finished)(struct exchange *x, void *context);
    void *context;
};

struct client_options {
    struct connection connection; /* to the target */
    volatile sig_atomic_t *stop;  /* of run_options, or NULL: then all is given up that
                                    what is sent later is given up if no answer comes soon */
};

/* To the target of a profile, which they borrow. */
struct client_options client_options_for(const struct profile *target,
                                         unsigned connections,
                                         volatile sig_atomic_t *stop);
struct client *client_new(const struct client_options *options);
void client_send(struct client *c,
                 struct exchange *x); /* finished() is called in client_turn() */
/* Move everything on; wait at most `wait_ms` if nothing was ready. */
void client_turn(struct client *c, int64_t wait_ms);
size_t client_in_flight(const struct client *c);
size_t client_sent(const struct client *c);
size_t client_limited(const struct client *c); /* how many 429 were waited for */
/* From now on an answer is taken as it is: nothing is waited for. */
void client_hurry(struct client *c);
void client_free(struct client *c);
void exchange_release(struct exchange *x);

#endif
