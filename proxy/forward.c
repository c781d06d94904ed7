/* In: connections of clients that take us for their proxy, or for the server. Out: each
 * of them at its request or at its TLS, with the CONNECT before it answered. */
#include "proxy/forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"

enum {
    MAX_HEAD = 16 * 1024, /* of a CONNECT */
    TLS_HANDSHAKE = 0x16, /* the first byte of TLS (RFC 8446 section 5.1) */
    FULL_PAUSE_MS = 100,  /* when there are no descriptors left */
    AT_ONCE = 64,
};

static const char connect_word[] = "CONNECT ";

struct waiting { /* a connection that is not sorted yet */
    int fd;
    struct sockaddr_storage from;
    socklen_t from_len;
    bool tunnel; /* its CONNECT was answered */
    int64_t until_ms;
    struct waiting *previous, *next; /* the oldest first */
};

struct forward {
    struct forward_options options;
    int epoll;
    bool accepts;
    int64_t pause_until_ms; /* 0 = the listening socket is watched */
    struct waiting *first, *last;
    unsigned count;
};

static void watch(struct forward *f, int fd, uint32_t events, void *data) {
    struct epoll_event e = {.events = events, .data = {.ptr = data}};

    epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &e);
}

struct forward *forward_new(const struct forward_options *options, struct err *err) {
    struct forward *f = mem_new(1, sizeof(*f));

    f->options = *options;
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll < 0) {
        err_at(err, ERR_OS, 0, 0, "cannot start a forward proxy: %s", strerror(errno));
        free(f);
        return NULL;
    }
    f->accepts = true;
    watch(f, options->fd, EPOLLIN, f);
    return f;
}

int forward_fd(const struct forward *f) {
    return f->epoll;
}

/* --- one connection --- */

/* It is no longer ours; its descriptor stays open. */
static void forget(struct forward *f, struct waiting *w) {
    epoll_ctl(f->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    *(w->previous ? &w->previous->next : &f->first) = w->next;
    *(w->next ? &w->next->previous : &f->last) = w->previous;
    f->count--;
    free(w);
}

static void drop(struct forward *f, struct waiting *w) {
    int fd = w->fd;

    forget(f, w);
    close(fd);
}

static void hand_on(struct forward *f, struct waiting *w, bool secure) {
    struct sockaddr_storage from = w->from;
    socklen_t len = w->from_len;
    int fd = w->fd;

    forget(f, w);
    f->options.hand_on(f->options.context, fd, (struct sockaddr *)&from, len, secure);
}

static bool say(const struct waiting *w, const char *text) {
    size_t len = strlen(text);

    return send(w->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void refuse(struct forward *f, struct waiting *w) {
    static const char body[] =
        "{\"error\": {\"type\": \"assay_error\", \"code\": \"not_forwarded\", "
        "\"message\": \"only the upstream's own host is forwarded to\"}}\n";
    char *answer = mem_printf("HTTP/1.1 403 Forbidden\r\nContent-Type: application/json"
                              "\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                              sizeof(body) - 1, body);

    say(w, answer);
    shutdown(w->fd, SHUT_WR);
    free(answer);
    drop(f, w);
}

/* `head` is a whole one: "CONNECT host:port HTTP/1.1" and its headers. False: it is no
 * longer ours. */
static bool take_connect(struct forward *f, struct waiting *w, char *head, size_t len) {
    char *authority = head + sizeof(connect_word) - 1, *end = strpbrk(authority, " \r");
    char unread[MAX_HEAD];

    if (recv(w->fd, unread, len, 0) != (ssize_t)len || !end) {
        drop(f, w);
        return false;
    }
    *end = '\0';
    if (!f->options.allows(f->options.context, authority)) {
        refuse(f, w);
        return false;
    }
    if (!say(w, "HTTP/1.1 200 Connection established\r\n\r\n")) {
        drop(f, w);
        return false;
    }
    return w->tunnel = true;
}

/* Look at what has come. True: there may be more to see; false: more must come first,
 * or the connection is no longer ours. */
static bool look(struct forward *f, struct waiting *w) {
    char head[MAX_HEAD + 1], *end;
    ssize_t n = recv(w->fd, head, MAX_HEAD, MSG_PEEK);
    size_t word = sizeof(connect_word) - 1;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        drop(f, w);
        return false;
    }
    head[n] = '\0';
    if (head[0] == TLS_HANDSHAKE || w->tunnel ||
        memcmp(head, connect_word, (size_t)n < word ? (size_t)n : word) != 0) {
        hand_on(f, w, head[0] == TLS_HANDSHAKE);
        return false;
    }
    end = strstr(head, "\r\n\r\n");
    if (!end) {
        if (n == MAX_HEAD || memchr(head, '\0', (size_t)n))
            drop(f, w);
        return false;
    }
    return take_connect(f, w, head, (size_t)(end - head) + 4);
}

/* --- all of them --- */

/* With every descriptor in use the socket would stay readable for nothing. */
static void pause_accepting(struct forward *f) {
    epoll_ctl(f->epoll, EPOLL_CTL_DEL, f->options.fd, NULL);
    f->pause_until_ms = clock_steady_ms() + FULL_PAUSE_MS;
}

static bool accept_one(struct forward *f) {
    struct waiting *w = mem_new(1, sizeof(*w));

    w->from_len = sizeof(w->from);
    w->fd = accept4(f->options.fd, (struct sockaddr *)&w->from, &w->from_len,
                    SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (w->fd < 0) {
        free(w);
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            pause_accepting(f);
        return errno == EINTR || errno == ECONNABORTED;
    }
    w->until_ms = clock_steady_ms() + f->options.patience_ms;
    w->previous = f->last;
    *(f->last ? &f->last->next : &f->first) = w;
    f->last = w;
    f->count++;
    watch(f, w->fd, EPOLLIN | EPOLLRDHUP | EPOLLET, w);
    return true;
}

static void drop_late(struct forward *f) {
    int64_t now = clock_steady_ms();

    while (f->first && (f->first->until_ms <= now || f->count > f->options.max_waiting))
        drop(f, f->first);
}

void forward_turn(struct forward *f) {
    struct epoll_event events[AT_ONCE];
    int n;

    if (f->accepts && f->pause_until_ms && f->pause_until_ms <= clock_steady_ms()) {
        f->pause_until_ms = 0;
        watch(f, f->options.fd, EPOLLIN, f);
    }
    n = epoll_wait(f->epoll, events, AT_ONCE, 0);
    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == f)
            for (int k = 0; k < AT_ONCE && f->accepts && accept_one(f); k++)
                continue;
        else
            while (look(f, events[i].data.ptr))
                continue;
    }
    drop_late(f);
}

int64_t forward_wait_ms(const struct forward *f) {
    int64_t until = f->first ? f->first->until_ms : INT64_MAX, now = clock_steady_ms();

    if (f->pause_until_ms && f->pause_until_ms < until)
        until = f->pause_until_ms;
    return until == INT64_MAX ? -1 : until > now ? until - now : 0;
}

void forward_quiesce(struct forward *f) {
    if (!f->accepts)
        return;
    f->accepts = false;
    f->pause_until_ms = 0;
    epoll_ctl(f->epoll, EPOLL_CTL_DEL, f->options.fd, NULL);
    close(f->options.fd);
}

void forward_free(struct forward *f) {
    if (!f)
        return;
    forward_quiesce(f);
    while (f->first)
        drop(f, f->first);
    close(f->epoll);
    free(f);
}
