/*
 * retry.h - answers that are not the target's last word: how long to wait, and ask again.
 *
 * 429 is waited for whoever says it, 502, 503 and 504 if it is a gateway (api/gateway.h).
 *
 * Units      milliseconds.
 * Threads    pure functions.
 */
#ifndef ASSAY_HARNESS_RUN_RETRY_H
#define ASSAY_HARNESS_RUN_RETRY_H

#include "core/http.h"

enum { RETRY_LEAST_MS = 100 };

/* How long to wait before it is sent again: Retry-After, or `back_off_ms`; -1: it is the
 * answer, for it asks for no wait, or all the waits before (`waited_ms`) and this one
 * would take too long. `limits`: the body says that it is the rate. */
int64_t retry_wait_ms(const struct http_response *r, bool gateway, bool limits,
                      int64_t back_off_ms, int64_t waited_ms);

#endif
