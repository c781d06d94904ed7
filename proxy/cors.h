/*
 * cors.h - pages of named origins may use a server of ours (the Fetch standard's CORS).
 *
 * Threads    any.
 */
#ifndef ASSAY_PROXY_CORS_H
#define ASSAY_PROXY_CORS_H

#include "core/http.h"

struct cors {
    const char *const *origins; /* "http://localhost:3000", or "*" for any */
    size_t count;
};

/* Is it a preflight? Then it is answered: 204, or 403 for another origin. */
bool cors_preflight(const struct cors *c, const struct http_request *q,
                    struct http_response *answer);
/* What the answer says of it, in place of what it said before. */
void cors_apply(const struct cors *c, const struct http_request *q,
                struct http_headers *answer);

#endif
