/* What libcurl made of a request comes in. Out goes what happened, in words for a report. */
#include "harness/run/failure.h"

#include "core/mem.h"

char *failure_words(CURLcode code, const char *said, size_t got, int64_t length) {
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return mem_strdup("the connection was refused");
    case CURLE_GOT_NOTHING:
        return mem_strdup("the connection was closed without an answer");
    case CURLE_PARTIAL_FILE:
        return mem_printf(
            "the connection was closed after %zu of %lld bytes of the body", got,
            (long long)length);
    case CURLE_BAD_CONTENT_ENCODING:
        return mem_strdup("the body is not what its Content-Encoding says");
    case CURLE_OUT_OF_MEMORY: /* what libcurl says of a header line over 100 KB */
        return mem_strdup("a header line is too long, or memory ran out");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return mem_strdup("the answer is not HTTP/1.1");
    case CURLE_RECV_ERROR:
        return mem_printf("the connection broke after %zu bytes of the body", got);
    default:
        return mem_strdup(*said ? said : curl_easy_strerror(code));
    }
}
