/*
 * http_wire.h - one request on a libcurl handle: what goes out, and its answer as it
 * comes in. Private to http_client.
 *
 * Ownership  http_wire_new() is for http_wire_free().
 * Threads    those of its client.
 */
#ifndef ASSAY_CORE_HTTP_WIRE_H
#define ASSAY_CORE_HTTP_WIRE_H

#include <curl/curl.h>

#include "core/http_transfer.h"

enum http_version {
    HTTP_VERSION_UNKNOWN, /* HTTP/1.1 is tried, and HTTP/2 when it is not understood */
    HTTP_VERSION_1,
    HTTP_VERSION_2
};

/* How the first attempt ended, while another one is tried with HTTP/2. */
struct first_attempt {
    bool tried;
    CURLcode code;
    struct http_response response;
    struct buf body;
    char error[CURL_ERROR_SIZE];
};

struct http_wire {
    struct http_transfer shown; /* first */
    CURL *easy;
    struct curl_slist *headers;
    bool has_type, has_accept, on_wire;
    enum http_version version; /* of this attempt */
    char error[CURL_ERROR_SIZE];
    struct first_attempt first;
    struct http_wire *next; /* of the spare, or of the held ones */
};

/* For curl's callbacks about sockets. */
struct http_sockets;

struct http_wire *http_wire_new(const struct http_client_options *options,
                                struct http_sockets *sockets);
/* It has no headers yet. */
void http_wire_prepare(struct http_wire *s);
void http_wire_add_header(struct http_wire *s, const char *name, const char *value);
void http_wire_leave_out(struct http_wire *s, const char *name);
/* Those of the connection, and what libcurl would add is taken out; then the handle is
 * ready for the request. */
void http_wire_end_headers(struct http_wire *s,
                           const struct http_client_options *options);
/* Nothing has come yet. */
void http_wire_begin(struct http_wire *s, enum http_version version, bool secure);
/* Did it fail, or was it refused, as by a server that speaks HTTP/2 alone? */
bool http_wire_wants_2(const struct http_wire *s, CURLcode code, bool secure);
/* Put this end aside, to try again; and take it back. */
void http_wire_put_aside(struct http_wire *s, CURLcode code);
CURLcode http_wire_take_back(struct http_wire *s);
bool http_wire_used_2(const struct http_wire *s);
/* What is shown of how it ended. */
void http_wire_end(struct http_wire *s, CURLcode code);
/* As new, but for the handle. */
void http_wire_clear(struct http_wire *s);
void http_wire_free(struct http_wire *s);

/* Every socket that is open, so that idle ones can be closed. */
struct http_sockets {
    int *items;
    size_t count;
};
/* Our port of one; -1 = none. */
int http_socket_port(int fd);

#endif
