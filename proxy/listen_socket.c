/* In: an address in words. Out: a socket that listens there, and its URL. */
#include "proxy/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"

int listen_socket_open(const char *address, struct err *err) {
    const char *colon = strrchr(address, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    size_t host_len = colon ? (size_t)(colon - address) : 0;
    int fd = -1, on = 1, code;
    char *host;

    if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
        strlen(colon + 1) > 5 || strtol(colon + 1, NULL, 10) > 65535) {
        err_at(err, ERR_SYNTAX, 0, 0,
               "expected HOST:PORT with a port up to 65535, got \"%.80s\"", address);
        return -1;
    }
    host = address[0] == '[' && host_len > 2 && address[host_len - 1] == ']'
               ? mem_strndup(address + 1, host_len - 2)
               : mem_strndup(address, host_len);
    code = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
    if (code) {
        err_at(err, ERR_OS, 0, 0, "cannot listen on %.80s: %s", address,
               gai_strerror(code));
    } else {
        fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0)
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
            listen(fd, 4096) != 0) {
            err_at(err, ERR_OS, 0, 0, "cannot listen on %.80s: %s%s", address,
                   strerror(errno),
                   errno == EADDRINUSE ? "; --listen HOST:0 picks a free port" : "");
            if (fd >= 0)
                close(fd);
            fd = -1;
        }
    }
    if (found)
        freeaddrinfo(found);
    free(host);
    return fd;
}

char *listen_socket_url(int fd, bool secure) {
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    char host[128] = "", port[16] = "";
    bool six;

    getsockname(fd, (struct sockaddr *)&a, &len);
    six = a.ss_family == AF_INET6;
    getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    return mem_printf("%s://%s%s%s:%s", secure ? "https" : "http", six ? "[" : "", host,
                      six ? "]" : "", port);
}

static bool is_any(const struct sockaddr_storage *a) {
    static const struct in6_addr any = IN6ADDR_ANY_INIT;

    if (a->ss_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr == 0;
    return a->ss_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, &any,
                  sizeof(any)) == 0;
}

/* Can a socket of ours be bound to it? Then it is an address of this machine. */
static bool is_local(const struct addrinfo *a) {
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    union {
        struct sockaddr_storage all;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } copy = {0};
    bool local;

    memcpy(&copy, a->ai_addr, a->ai_addrlen);
    if (a->ai_family == AF_INET6)
        copy.six.sin6_port = 0;
    else
        copy.four.sin_port = 0;
    local = fd >= 0 &&
            bind(fd, (const struct sockaddr *)(const void *)&copy, a->ai_addrlen) == 0;
    if (fd >= 0)
        close(fd);
    return local;
}

static bool same_address(const struct sockaddr_storage *ours,
                         const struct addrinfo *a) {
    if (is_any(ours))
        return (ours->ss_family == a->ai_family || ours->ss_family == AF_INET6) &&
               is_local(a);
    return ours->ss_family == a->ai_family &&
           memcmp(ours, a->ai_addr, a->ai_addrlen) == 0;
}

bool listen_socket_hears(int fd, const char *host, int port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    struct sockaddr_storage ours = {0};
    socklen_t len = sizeof(ours);
    char service[16];
    bool hears = false;

    snprintf(service, sizeof(service), "%d", port);
    if (getsockname(fd, (struct sockaddr *)&ours, &len) != 0 ||
        getaddrinfo(host, service, &hints, &found) != 0)
        return false;
    for (const struct addrinfo *a = found; a && !hears; a = a->ai_next) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&ours;

        /* the port stands at the same place in both families */
        hears = ntohs(in->sin_port) == port && same_address(&ours, a);
    }
    freeaddrinfo(found);
    return hears;
}
