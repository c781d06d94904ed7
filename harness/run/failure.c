/* A transfer without a whole answer comes in. Out goes what happened, in words for a
 * report. */
#include "harness/run/failure.h"

#include "core/mem.h"

char *failure_words(const struct http_transfer *t, const struct connection *c) {
    switch (t->failure) {
    case HTTP_TOO_MANY_HEADERS:
        return mem_printf("more than %d headers or %d bytes of headers",
                          HTTP_CLIENT_MAX_HEADERS, HTTP_CLIENT_MAX_HEADER_BYTES);
    case HTTP_TOO_LARGE:
        return mem_printf("the body is longer than %zu bytes", t->body.max);
    case HTTP_NO_CONNECTION:
        return c->proxy ? mem_printf("no connection through the proxy: %s", t->why)
                        : mem_strdup("the connection was refused");
    case HTTP_TIMED_OUT:
        return mem_printf(CLIENT_NO_ANSWER " %lld ms", (long long)c->timeout_ms);
    case HTTP_CLOSED:
        return mem_strdup("the connection was closed without an answer");
    case HTTP_PARTIAL:
        return mem_printf(
            "the connection was closed after %zu of %lld bytes of the body",
            t->body.len, (long long)t->content_length);
    case HTTP_BAD_ENCODING:
        return mem_strdup("the body is not what its Content-Encoding says");
    case HTTP_LONG_LINE:
        return mem_strdup("a header line is too long, or memory ran out");
    case HTTP_UNREADABLE:
        return mem_strdup("the answer is not HTTP/1.1");
    case HTTP_BROKEN:
        return mem_printf("the connection broke after %zu bytes of the body",
                          t->body.len);
    case HTTP_NO_TRUST:
        return mem_printf("%s; --cacert FILE names what it is verified by", t->why);
    default:
        return mem_strdup(t->why);
    }
}
