/*
 * arrival.h - a request that a handler gets, and how its answer is sent.
 *
 * Ownership  all is lent by the listener, until the arrival is answered.
 */
#ifndef ASSAY_PROXY_ARRIVAL_H
#define ASSAY_PROXY_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/http.h"

struct arrival {
    const struct http_request *request; /* lent, with all that it holds */
    const char *authority; /* of a target in absolute form (RFC 9112 section 3.2.2),
                              which stands in the request as path and query, and in
                              Host; else NULL */
    bool secure;           /* it began with https: */
    bool loopback;         /* from 127.0.0.0/8 or ::1 */
    int64_t began_us;      /* clock_steady_us() at the first byte of the request */
};

enum answer_style {
    ANSWER_CHUNKED = 1 << 0,  /* no Content-Length */
    ANSWER_CLOSE = 1 << 1,    /* Connection: close */
    ANSWER_CUT_BODY = 1 << 2, /* break off after the headers */
    ANSWER_CUT_HALF = 1 << 3, /* break off in the middle of the body */
};

#endif
