/* In: connections that come and go, and what they wait for. Out: which are closed for
 * others, and which are refused. */
#include "proxy/admission.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/mem.h"

enum {
    OTHER_FILES = 320, /* upstream connections, journal, libraries */
    FEWEST = 16,
    SAY_EVERY_MS = 10000,
};

struct member {
    int fd;
    bool waits; /* is in the list */
    bool refused;
    struct member *before, *after;
};

struct admission {
    pthread_mutex_t lock;
    struct member waiting; /* a ring, the longest waiting first */
    unsigned open, limit;
    uint64_t closed, refused;
    int64_t said_ms;
    void (*trouble)(const char *);
};

/* So many files as `limit` connections need, if the system lets us have them. */
static unsigned limit_by_files(unsigned limit) {
    struct rlimit files;
    rlim_t wanted = (rlim_t)limit + ADMISSION_SPARE + OTHER_FILES;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return limit;
    if (files.rlim_cur < wanted && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= wanted)
        return limit;
    return files.rlim_cur > ADMISSION_SPARE + OTHER_FILES + FEWEST
               ? (unsigned)(files.rlim_cur - ADMISSION_SPARE - OTHER_FILES)
               : FEWEST;
}

struct admission *admission_new(unsigned max_connections,
                                void (*trouble)(const char *)) {
    struct admission *a = mem_new(1, sizeof(*a));

    pthread_mutex_init(&a->lock, NULL);
    a->waiting.before = a->waiting.after = &a->waiting;
    a->limit = limit_by_files(max_connections);
    a->trouble = trouble;
    return a;
}

void admission_free(struct admission *a) {
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a);
}

unsigned admission_limit(const struct admission *a) {
    return a->limit;
}

static void leave(struct member *m) {
    if (!m->waits)
        return;
    m->before->after = m->after;
    m->after->before = m->before;
    m->waits = false;
}

static void wait_last(struct admission *a, struct member *m) {
    m->before = a->waiting.before;
    m->after = &a->waiting;
    m->before->after = m->after->before = m;
    m->waits = true;
}

/* "" = nothing to say now. */
static void what_to_say(struct admission *a, char *text, size_t size) {
    int64_t now = clock_steady_ms();

    *text = '\0';
    if (a->said_ms && now - a->said_ms < SAY_EVERY_MS)
        return;
    a->said_ms = now;
    snprintf(text, size,
             "%u connections are open, as many as --max-connections allows: so far "
             "%llu that waited were closed for new ones, %llu were refused with 503",
             a->limit, (unsigned long long)a->closed, (unsigned long long)a->refused);
}

/* It is seen as closed by its client, and goes when its daemon has noticed. */
static bool close_longest_waiting(struct admission *a) {
    struct member *m = a->waiting.after;

    if (m == &a->waiting)
        return false;
    leave(m);
    shutdown(m->fd, SHUT_RDWR);
    a->closed++;
    a->open--;
    m->fd = -1; /* counted out */
    return true;
}

static void enter(struct admission *a, struct MHD_Connection *connection,
                  void **socket_context) {
    struct member *m = mem_new(1, sizeof(*m));
    char text[240] = "";

    m->fd = (int)MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd;
    *socket_context = m;
    pthread_mutex_lock(&a->lock);
    a->open++;
    if (a->open > a->limit) {
        m->refused = !close_longest_waiting(a);
        a->refused += m->refused;
        what_to_say(a, text, sizeof(text));
    }
    wait_last(a, m);
    pthread_mutex_unlock(&a->lock);
    if (*text && a->trouble)
        a->trouble(text);
}

void admission_notify(void *admission, struct MHD_Connection *connection,
                      void **socket_context, enum MHD_ConnectionNotificationCode code) {
    struct admission *a = admission;
    struct member *m = *socket_context;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        enter(a, connection, socket_context);
    } else if (m) {
        pthread_mutex_lock(&a->lock);
        leave(m);
        a->open -= m->fd >= 0;
        pthread_mutex_unlock(&a->lock);
        free(m);
        *socket_context = NULL;
    }
}

static struct member *member_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return i ? i->socket_context : NULL;
}

bool admission_refuses(struct MHD_Connection *connection) {
    const struct member *m = member_of(connection);

    return m && m->refused;
}

void admission_works(struct admission *a, struct MHD_Connection *connection) {
    struct member *m = member_of(connection);

    if (!m)
        return;
    pthread_mutex_lock(&a->lock);
    leave(m);
    pthread_mutex_unlock(&a->lock);
}

void admission_waits(struct admission *a, struct MHD_Connection *connection) {
    struct member *m = member_of(connection);

    if (!m)
        return;
    pthread_mutex_lock(&a->lock);
    leave(m);
    if (m->fd >= 0)
        wait_last(a, m);
    pthread_mutex_unlock(&a->lock);
}
