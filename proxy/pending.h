/*
 * pending.h - a request that is not answered yet, and what only the listener knows of it.
 *
 * Ownership  method and headers are lent by libmicrohttpd until the request is over; the
 *            target and the body are the request's own. `response` is owned.
 * Threads    the listener's that has the connection; a handler's once it is deferred.
 */
#ifndef ASSAY_PROXY_PENDING_H
#define ASSAY_PROXY_PENDING_H

#include <microhttpd.h>

#include "core/buf.h"
#include "proxy/arrival.h"
#include "proxy/kept_answer.h"
#include "proxy/wake_timer.h"

enum { LISTENER_HEAD_BYTES = 68 * 1024, PENDING_FEW_HEADERS = 12 };

struct listener;

struct pending {
    struct arrival arrival; /* first */
    struct http_request request;
    struct listener *listener;
    struct wake_timer *timer;
    struct wake_entry wake; /* with the connection */
    struct buf body;
    bool started, complete, deferred, answered, dropped;
    struct http_response response;
    struct kept_answer *kept; /* instead of `response` */
    unsigned style;           /* enum answer_style */
    int64_t drip_ms;
    struct http_header few[PENDING_FEW_HEADERS]; /* if it has no more */
    bool wrong_target, preflight;
    bool has_nul;           /* in the target or a header; HTTP has no place for one */
    const char *parsed_end; /* of what was parsed last, in libmicrohttpd's buffer */
    char target[];
};

/* At the request line; free with pending_free(). */
struct pending *pending_new(const char *target, struct MHD_Connection *connection,
                            size_t max_body);
void pending_free(struct pending *p);
/* With the whole head. */
void pending_begin(struct pending *p, const char *method, const char *version);
/* Undo the Content-Encoding of the body. 0 = it is plain now, else the status that says
 * why not: 413 or 415. */
int pending_decode(struct pending *p, size_t max_body);
/* Of `response` and `style`; its body is taken. */
struct MHD_Response *pending_response(struct pending *p);

#endif
