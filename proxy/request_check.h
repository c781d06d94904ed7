/*
 * request_check.h - is a request one that every server reads alike? What two servers read
 * differently is refused, so that nothing is smuggled past one of them.
 *
 * Source     RFC 9110 sections 5.1, 5.5, 5.6.2 and 9.1; RFC 9112 sections 3.2, 5.1, 6.1, 6.3.
 * Threads    pure.
 */
#ifndef ASSAY_PROXY_REQUEST_CHECK_H
#define ASSAY_PROXY_REQUEST_CHECK_H

#include "core/http.h"

/* What is wrong with method, target or headers, as a sentence for the client; NULL = nothing. */
const char *request_check(const struct http_request *request);

#endif
