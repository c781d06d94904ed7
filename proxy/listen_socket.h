/*
 * listen_socket.h - "HOST:PORT" as a listening socket, and back as a URL.
 *
 * Ownership  the socket is the caller's to close; the URL to free().
 */
#ifndef ASSAY_PROXY_LISTEN_SOCKET_H
#define ASSAY_PROXY_LISTEN_SOCKET_H

#include "core/err.h"

/* Bound and listening, nonblocking; -1 with err. */
int listen_socket_open(const char *address, struct err *err);
/* "http://127.0.0.1:12111", or https. */
char *listen_socket_url(int fd, bool secure);

/* Would a connection to that host and port arrive at this socket? */
bool listen_socket_hears(int fd, const char *host, int port);

#endif
