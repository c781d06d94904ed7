/* An answer comes in, with how long its request was waited for already. Out goes how long
 * to wait before the request is sent again. */
#include "harness/run/retry.h"

#include <stdlib.h>

/* How long a request is waited for in all. */
enum {
    BARE_RATE_MS = 3000,   /* a 429, when nothing says that it is the rate */
    TOLD_RATE_MS = 120000, /* with a Retry-After, or the code rate_limit */
    BARE_GATEWAY_MS = 10000,
    TOLD_GATEWAY_MS = 60000, /* with a Retry-After */
    DAY_S = 86400
};

/* Retry-After in seconds; -1 = there is none, or it is a date. */
static int64_t told_wait_ms(const char *after) {
    long seconds;

    if (!after || *after < '0' || *after > '9')
        return -1;
    seconds = strtol(after, NULL, 10);
    return (seconds < DAY_S ? seconds : DAY_S) * 1000;
}

int64_t retry_wait_ms(const struct http_response *r, bool gateway, bool limits,
                      int64_t back_off_ms, int64_t waited_ms) {
    const char *after = http_headers_get(&r->headers, "Retry-After");
    int64_t told_ms = told_wait_ms(after), wait_ms, most_ms;

    if (r->status != 429 && !gateway)
        return -1;
    if (r->status == 429)
        most_ms = after || limits ? TOLD_RATE_MS : BARE_RATE_MS;
    else
        most_ms = after ? TOLD_GATEWAY_MS : BARE_GATEWAY_MS;
    wait_ms = told_ms >= 0 ? told_ms : back_off_ms;
    if (wait_ms < RETRY_LEAST_MS)
        wait_ms = RETRY_LEAST_MS;
    return wait_ms <= most_ms - waited_ms ? wait_ms : -1;
}
