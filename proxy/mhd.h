/*
 * mhd.h - what we ask of libmicrohttpd in more than one place.
 *
 * Threads    of the connection.
 */
#ifndef ASSAY_PROXY_MHD_H
#define ASSAY_PROXY_MHD_H

#include <microhttpd.h>

#include "core/http.h"

/* Does the client sit on 127.0.0.0/8 or ::1? */
bool mhd_is_loopback(struct MHD_Connection *connection);
/* All but those that belong to one hop or are the server's own business (RFC 9110 section 7.6.1).
 * `m` NULL is fine. */
void mhd_add_headers(struct MHD_Response *m, const struct http_headers *all);

#endif
