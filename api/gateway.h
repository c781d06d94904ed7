/*
 * gateway.h - whose answer is it? What stands between a client and the API says 429, 502,
 * 503 and 504 in words of its own; the API says them, if at all, in its error envelope.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_API_GATEWAY_H
#define ASSAY_API_GATEWAY_H

#include "core/http.h"

/* Did a gateway answer that? `body` ends with a NUL. */
bool gateway_answered(int status, const char *body, size_t len);

#endif
