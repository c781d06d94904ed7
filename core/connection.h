/*
 * connection.h - how a server is reached: its URL, and all that stands between.
 *
 * Nothing of it comes from the environment: no proxy, no netrc.
 *
 * Units      milliseconds.
 * Errors     checks return false and tell in `err` what is wrong, and what was expected.
 * Ownership  a connection borrows its texts and headers; connection_url() returns a text
 *            for free().
 */
#ifndef ASSAY_CORE_CONNECTION_H
#define ASSAY_CORE_CONNECTION_H

#include "core/err.h"
#include "core/http.h"

struct connection {
    const char *url; /* scheme://host[:port][/path], no slash at the end */
    const char *cacert, *cert, *cert_key; /* PEM files; NULL = the system's, none */
    const char *proxy; /* http, https, socks5 or socks5h://HOST:PORT; NULL = none */
    bool insecure;     /* certificates are not verified */
    const struct http_headers *headers; /* of each request that has none of the name */
    int64_t rate_us;      /* at least so long from one request to the next; 0 = any */
    int64_t timeout_ms;   /* of one request, once it is sent */
    unsigned connections; /* kept open */
};

/* A URL as people write it, whole: `localhost:8080` is http://localhost:8080, and slashes
 * at the end are cut. NULL: it is none. */
char *connection_url(const char *text, struct err *err);
/* The port of a URL, also the one that its scheme has; 0 = it has none. */
int connection_port(const char *url);
/* Does the text without a scheme name a host with its port? */
bool connection_is_host_port(const char *text);
/* The URL of a proxy, likewise. */
char *connection_proxy(const char *text, struct err *err);
/* "Name: value" into `headers`. */
bool connection_add_header(struct http_headers *headers, const char *line,
                           struct err *err);
/* "20/s", "90/m": microseconds from one request to the next. */
bool connection_rate(const char *text, int64_t *us, struct err *err);

#endif
