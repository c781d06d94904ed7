/*
 * echoed_headers.h - headers that the recorded implementation answers as they were sent:
 * Stripe-Version, Stripe-Account, a request id of the client's own.
 *
 * A header is one if every recorded request that has it got it back unchanged.
 *
 * Ownership  echoed_headers_learn() returns a new one for echoed_headers_free(); NULL means
 *            that there is none, and is fine everywhere.
 * Threads    read-only once made.
 */
#ifndef ASSAY_REPLAY_LOAD_ECHOED_HEADERS_H
#define ASSAY_REPLAY_LOAD_ECHOED_HEADERS_H

#include "recording/recording.h"

struct echoed_headers;

struct echoed_headers *echoed_headers_learn(const struct recording *recording);
/* As that request has them; one that it does not have is as it was recorded for requests
 * without it, or left out. */
void echoed_headers_apply(const struct echoed_headers *e, const struct http_request *q,
                          struct http_headers *answer);
void echoed_headers_free(struct echoed_headers *e);

#endif
