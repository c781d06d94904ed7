/*
 * http_transfer.h - one request of a client on its way, and its answer.
 *
 * Units      microseconds of the steady clock, bytes.
 * Ownership  as http_client.h says.
 */
#ifndef ASSAY_CORE_HTTP_TRANSFER_H
#define ASSAY_CORE_HTTP_TRANSFER_H

#include "core/buf.h"
#include "core/connection.h"

struct http_wire; /* http_wire.h */

enum http_failure {
    HTTP_ANSWERED,
    HTTP_NO_HOST,       /* its name has no address, or the URL is none */
    HTTP_NO_CONNECTION, /* refused */
    HTTP_NO_TLS,        /* none could be agreed on */
    HTTP_NO_TRUST,      /* its certificate is not good */
    HTTP_TIMED_OUT,
    HTTP_CLOSED,    /* without a byte of an answer */
    HTTP_BROKEN,    /* sending or receiving failed */
    HTTP_PARTIAL,   /* the body ended early */
    HTTP_TOO_LARGE, /* the body is over the limit */
    HTTP_TOO_MANY_HEADERS,
    HTTP_LONG_LINE,  /* of a header; or no memory */
    HTTP_UNREADABLE, /* not HTTP */
    HTTP_BAD_ENCODING,
    HTTP_OTHER
};

struct http_transfer {
    const struct http_request *request;
    void *owner;                   /* NULL = it is nobody's */
    struct http_response response; /* but for its body */
    struct http_headers trailers;
    struct buf body;
    size_t header_bytes; /* 0 = nothing has come */
    bool headers_over;   /* a whole head of a final answer has come */
    bool fresh;          /* over a connection of its own */
    bool repeatable;     /* libcurl may send it once more, whatever its method */
    bool sized;          /* it says the length of its body, also when there is none */
    bool held;           /* it waits for its turn */
    bool reused;         /* it went over a kept connection */
    int64_t started_us;  /* when it was sent last */
    int port;            /* our end of its connection; 0 = none yet */
    unsigned attempts;   /* how often it was put onto a wire */
    int64_t content_length; /* what the answer says; -1 = nothing */
    enum http_failure failure;
    const char *why; /* libcurl's words for it */
    struct http_wire *wire;
};

enum { HTTP_CLIENT_MAX_HEADERS = 1000, HTTP_CLIENT_MAX_HEADER_BYTES = 256 * 1024 };

struct http_client_options {
    struct connection connection;
    size_t max_body;
    int64_t
        max_idle_s; /* older connections are not used again; 0 = libcurl's default */
    bool decode;    /* ask for gzip and undo it; else bodies stay as they came */
    /* A transfer has ended: send it again or give it back. */
    void (*finished)(void *context, struct http_transfer *t);
    void *context;
};

#endif
