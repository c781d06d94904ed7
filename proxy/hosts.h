/*
 * hosts.h - the servers that a forward proxy stands for: those of its upstream's URL, and
 * itself.
 *
 * Ownership  a zeroed list is empty; hosts_release() empties it.
 * Threads    read-only once filled.
 */
#ifndef ASSAY_PROXY_HOSTS_H
#define ASSAY_PROXY_HOSTS_H

#include "core/base.h"

struct host {
    char *name; /* as in a URL: [::1] has its brackets */
    int port;
};

struct hosts {
    struct host *items;
    size_t count;
};

/* The host and port of http://HOST[:PORT]/..; false if that is none. NULL is none. */
bool hosts_add_url(struct hosts *h, const char *url);
/* "host:port", or "host" alone: then any port of it. */
bool hosts_allow(const struct hosts *h, const char *authority);
/* Does it name the loopback, by localhost or its address, with that port? */
bool hosts_is_loopback(const char *authority, int port);
void hosts_release(struct hosts *h);

#endif
