/* In: a listening socket. Out: its connections, each in the daemon that reads it. */
#include "proxy/daemons.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/mem.h"
#include "proxy/forward.h"

enum { PLAIN, SECURE, DAEMONS };

/* RFC 8996: nothing older than TLS 1.2 */
static const char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct daemons {
    struct daemons_options options;
    struct MHD_Daemon *items[DAEMONS]; /* one of them, or (forward) both */
    MHD_socket quiet; /* the listening socket when nothing is taken from it any more */
    struct forward *forward;
    int epoll; /* of all, where the owner turns; or of the front and `wake`; else -1 */
    int wake;
    pthread_t thread; /* turns the front */
    bool thread_runs;
    atomic_bool stops;
};

static struct MHD_Daemon *start_one(const struct daemons_options *o, bool secure,
                                    int fd) {
    unsigned flags = MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK |
                     (fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0) |
                     (secure ? MHD_USE_TLS : 0);
    unsigned threads = o->forward && o->threads > 1 ? 1 : o->threads;
    struct MHD_OptionItem items[7];
    size_t n = 0;

    flags |= threads > 1    ? MHD_USE_EPOLL_INTERNAL_THREAD
             : threads == 1 ? MHD_USE_EPOLL_INTERNAL_THREAD
                            : MHD_USE_EPOLL;
    if (fd >= 0)
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, fd, NULL};
    if (threads > 1)
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
                                             (intptr_t)threads, NULL};
    if (secure) {
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                             (void *)(uintptr_t)o->tls_cert};
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
                                             (void *)(uintptr_t)o->tls_key};
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                             (void *)(uintptr_t)tls_versions};
    }
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(
        flags, 0, NULL, NULL, o->on_request, o->context, MHD_OPTION_URI_LOG_CALLBACK,
        o->on_target, o->context, MHD_OPTION_NOTIFY_COMPLETED, o->on_completed,
        o->context, MHD_OPTION_NOTIFY_CONNECTION, admission_notify, o->admission,
        MHD_OPTION_CONNECTION_LIMIT, admission_limit(o->admission) + ADMISSION_SPARE,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        o->max_head, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

/* --- the front of a forward proxy --- */

static void hand_on(void *context, int fd, const struct sockaddr *from,
                    socklen_t from_len, bool secure) {
    struct daemons *d = context;

    /* it closes the socket when it cannot take it */
    MHD_add_connection(d->items[secure ? SECURE : PLAIN], fd, from, from_len);
}

static bool allows(void *context, const char *authority) {
    const struct daemons *d = context;

    return d->options.allows(d->options.context, authority);
}

static void watch(const struct daemons *d, int fd) {
    struct epoll_event e = {.events = EPOLLIN, .data = {.fd = fd}};

    epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void *turn_front(void *context) {
    struct daemons *d = context;
    struct epoll_event ready[2];

    while (!atomic_load(&d->stops)) {
        forward_turn(d->forward);
        epoll_wait(d->epoll, ready, 2, (int)forward_wait_ms(d->forward));
    }
    return NULL;
}

static bool start_front(struct daemons *d, int fd, struct err *err) {
    struct forward_options o = {.fd = fd,
                                .allows = allows,
                                .hand_on = hand_on,
                                .context = d,
                                .max_waiting = admission_limit(d->options.admission),
                                .patience_ms = d->options.idle_s * 1000};

    d->forward = forward_new(&o, err);
    if (!d->forward)
        return false;
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(d, forward_fd(d->forward));
    if (!d->options.threads) {
        for (int i = 0; i < DAEMONS; i++)
            watch(d,
                  MHD_get_daemon_info(d->items[i], MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
        return true;
    }
    d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watch(d, d->wake);
    d->thread_runs = pthread_create(&d->thread, NULL, turn_front, d) == 0;
    return d->thread_runs || err_at(err, ERR_OS, 0, 0, "cannot start a thread");
}

/* --- all of them --- */

static bool start_all(struct daemons *d, int fd) {
    const struct daemons_options *o = &d->options;
    bool secure = o->tls_cert != NULL;

    if (!o->forward)
        return (d->items[secure] = start_one(o, secure, fd)) != NULL;
    d->items[PLAIN] = start_one(o, false, -1);
    d->items[SECURE] = d->items[PLAIN] ? start_one(o, true, -1) : NULL;
    return d->items[SECURE] != NULL;
}

struct daemons *daemons_start(const struct daemons_options *options, int fd,
                              struct err *err) {
    struct daemons *d = mem_new(1, sizeof(*d));

    d->options = *options;
    d->quiet = MHD_INVALID_SOCKET;
    d->epoll = d->wake = -1;
    if (!start_all(d, fd)) {
        err_at(err, ERR_OS, 0, 0, "cannot start the HTTP server%s",
               options->tls_cert ? " (is the certificate and its key right?)" : "");
        close(fd);
    } else if (!options->forward || start_front(d, fd, err)) {
        return d;
    }
    daemons_stop(d);
    return NULL;
}

void daemons_turn(struct daemons *d) {
    if (d->forward)
        forward_turn(d->forward);
    for (int i = 0; i < DAEMONS; i++)
        if (d->items[i])
            MHD_run(d->items[i]);
}

static int only_epoll(const struct daemons *d) {
    struct MHD_Daemon *m = d->items[PLAIN] ? d->items[PLAIN] : d->items[SECURE];

    return MHD_get_daemon_info(m, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int daemons_fd(const struct daemons *d) {
    return d->epoll >= 0 ? d->epoll : only_epoll(d);
}

int64_t daemons_wait_ms(const struct daemons *d) {
    int64_t wait = d->forward ? forward_wait_ms(d->forward) : -1;

    for (int i = 0; i < DAEMONS; i++) {
        MHD_UNSIGNED_LONG_LONG ms;

        if (d->items[i] && MHD_get_timeout(d->items[i], &ms) == MHD_YES &&
            (wait < 0 || ms < (MHD_UNSIGNED_LONG_LONG)wait))
            wait = ms < INT32_MAX ? (int64_t)ms : INT32_MAX;
    }
    return wait;
}

static void stop_thread(struct daemons *d) {
    uint64_t one = 1;

    if (!d->thread_runs)
        return;
    atomic_store(&d->stops, true);
    if (write(d->wake, &one, sizeof(one)) == sizeof(one))
        pthread_join(d->thread, NULL);
    d->thread_runs = false;
}

void daemons_quiesce(struct daemons *d) {
    struct MHD_Daemon *m = d->items[PLAIN] ? d->items[PLAIN] : d->items[SECURE];

    stop_thread(d);
    if (d->forward)
        forward_quiesce(d->forward);
    else if (m && d->quiet == MHD_INVALID_SOCKET)
        d->quiet = MHD_quiesce_daemon(m);
}

void daemons_stop(struct daemons *d) {
    daemons_quiesce(d);
    for (int i = 0; i < DAEMONS; i++)
        if (d->items[i])
            MHD_stop_daemon(d->items[i]);
    forward_free(d->forward);
    if (d->quiet != MHD_INVALID_SOCKET)
        close(d->quiet);
    if (d->epoll >= 0)
        close(d->epoll);
    if (d->wake >= 0)
        close(d->wake);
    free(d);
}
