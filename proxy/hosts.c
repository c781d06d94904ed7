/* In: URLs of upstreams, and what a client asks to be connected to. Out: may it? */
#include "proxy/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

/* "host:port" or "host" in two; the port is 0 when there is none. False: neither. */
static bool split(const char *authority, size_t len, char **name, int *port) {
    size_t host =
        authority[0] == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/?#");
    int64_t number = 0;

    if (host == 0 || host > len ||
        (host < len && (authority[host] != ':' ||
                        !str_to_int(authority + host + 1, len - host - 1, &number) ||
                        number < 1 || number > 65535)))
        return false;
    *name = mem_strndup(authority, host);
    *port = (int)number;
    return true;
}

bool hosts_add_url(struct hosts *h, const char *url) {
    const char *host = url ? strstr(url, "://") : NULL;
    struct host new;

    if (!host || !split(host + 3, strcspn(host + 3, "/?#"), &new.name, &new.port))
        return false;
    if (!new.port)
        new.port = str_starts(url, "https:") ? 443 : 80;
    h->items = mem_grow(h->items, h->count + 1, sizeof(*h->items));
    h->items[h->count++] = new;
    return true;
}

bool hosts_allow(const struct hosts *h, const char *authority) {
    char *name;
    int port;
    bool yes = false;

    if (!split(authority, strlen(authority), &name, &port))
        return false;
    for (size_t i = 0; i < h->count && !yes; i++)
        yes = str_equal_nocase(h->items[i].name, name) &&
              (!port || h->items[i].port == port);
    free(name);
    return yes;
}

bool hosts_is_loopback(const char *authority, int port) {
    char *name;
    int given;
    bool yes;

    if (!split(authority, strlen(authority), &name, &given))
        return false;
    yes =
        given == port && (str_equal_nocase(name, "localhost") ||
                          strcmp(name, "[::1]") == 0 || strcmp(name, "127.0.0.1") == 0);
    free(name);
    return yes;
}

void hosts_release(struct hosts *h) {
    for (size_t i = 0; i < h->count; i++)
        free(h->items[i].name);
    free(h->items);
    *h = (struct hosts){0};
}
