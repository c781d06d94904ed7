/* In: an address in words. Out: a socket that listens there, and its URL. */
#include "proxy/listen_socket.h"

#include <errno.h>
#include <netdb.h>
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
            listen(fd, 1024) != 0) {
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
