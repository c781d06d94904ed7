/* Connections come in. Whole requests go to a handler, its answers to the clients;
 * everything has a limit. */
#include "proxy/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/http_target.h"
#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/daemons.h"
#include "proxy/kept_answer.h"
#include "proxy/listen_socket.h"
#include "proxy/mhd.h"
#include "proxy/request_check.h"

enum { HEAD_BYTES = 68 * 1024, HEADER_COUNT = 1000, MOST_HAVE = 12 };

struct pending {            /* an arrival with what only the listener knows */
    struct arrival arrival; /* first */
    struct http_request request;
    struct listener *listener;
    struct MHD_Connection *connection;
    struct buf body;
    bool started, complete, deferred, answered, dropped;
    struct http_response response;
    struct kept_answer *kept; /* instead of `response` */
    unsigned style;
    int64_t due_ms, drip_ms;
    struct pending *next;              /* in the list of delayed ones */
    struct http_header few[MOST_HAVE]; /* of the request, if it has no more */
    bool wrong_target, preflight;
    bool has_nul;           /* in the target or a header; HTTP has no place for one */
    const char *parsed_end; /* of what was parsed last, in libmicrohttpd's buffer */
    char target[];
};

struct listener {
    struct listener_options options;
    struct daemons *daemons;
    char *url;
    int fd, port;
    atomic_int under_way;
    atomic_bool quiet; /* each connection is closed behind its next answer */
    pthread_t timer;
    bool timer_runs, timer_stops;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct pending *delayed; /* by due_ms */
};

static void *on_target(void *context, const char *target,
                       struct MHD_Connection *connection) {
    size_t len = strlen(target) + 1;
    struct pending *p =
        mem_grow(NULL, 1, sizeof(*p) + len + 2); /* see split_target() */

    *p = (struct pending){.listener = context, .connection = connection};
    p->arrival.request = &p->request;
    p->request.target = memcpy(p->target, target, len);
    p->request.headers = (struct http_headers){p->few, 0, MOST_HAVE};
    p->parsed_end = target + len - 1;
    p->arrival.began_us = clock_steady_us();
    buf_init(&p->body, p->listener->options.max_body);
    atomic_fetch_add(&p->listener->under_way, 1);
    return p;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
    struct pending *p = *state;

    (void)context, (void)connection, (void)code;
    if (!p)
        return;
    atomic_fetch_sub(&p->listener->under_way, 1);
    free(*http_owned(&p->request.body));
    if (p->request.headers.items != p->few)
        free(p->request.headers.items);
    http_response_release(&p->response);
    buf_release(&p->body);
    free(p);
    *state = NULL;
}

/* libmicrohttpd cuts a text off at a NUL. Its texts stand in one buffer, as they came,
 * with NULs for what parted them: between two of them there is nothing else then. A
 * header over several lines stands elsewhere, and far behind. */
static void look_between(struct pending *p, const char *next, const char *end) {
    size_t gap = next > p->parsed_end ? (size_t)(next - p->parsed_end) : 0;

    for (size_t i = 0; gap <= HEAD_BYTES && i < gap && !p->has_nul; i++)
        p->has_nul = p->parsed_end[i] && !strchr(" \t\r\n:", p->parsed_end[i]);
    p->parsed_end = end;
}

/* Method and headers are lent: libmicrohttpd keeps them until the request is over. */
static enum MHD_Result lend_header(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value) {
    struct pending *p = context;
    struct http_headers *h = &p->request.headers;

    (void)kind;
    if (h->count >= HEADER_COUNT)
        return MHD_NO;
    if (value && value != p->arrival.authority)
        look_between(p, name, value + strlen(value));
    if (p->arrival.authority && strcasecmp(name, "Host") == 0) {
        if (http_headers_get(h, "Host"))
            return MHD_YES;
        value = p->arrival.authority; /* whatever was sent: RFC 9112 section 3.2.2 */
    }
    if (h->count == h->cap) {
        h->cap *= 2;
        h->items =
            mem_grow(h->items == p->few ? NULL : h->items, h->cap, sizeof(*h->items));
        if (h->count == MOST_HAVE)
            memcpy(h->items, p->few, sizeof(p->few));
    }
    h->items[h->count++] = (struct http_header){name, value ? value : ""};
    return MHD_YES;
}

struct chunks {
    struct pending *pending;
    char *bytes;
    size_t len, end; /* end < len: break off there */
    bool rested;     /* before these bytes of a drip */
};

enum { DRIP_BYTES = 8 };

static void wake_at(struct pending *p, int64_t due_ms);

static ssize_t read_chunk(void *context, uint64_t at, char *out, size_t max) {
    struct chunks *c = context;
    size_t left = c->end - (size_t)at, n = left < max ? left : max;
    int64_t drip = c->pending->drip_ms;

    if (left == 0)
        return c->end < c->len ? MHD_CONTENT_READER_END_WITH_ERROR
                               : MHD_CONTENT_READER_END_OF_STREAM;
    if (drip && !c->rested) {
        c->rested = true;
        MHD_suspend_connection(c->pending->connection);
        wake_at(c->pending, clock_steady_ms() + drip);
        return 0;
    }
    c->rested = false;
    if (drip && n > DRIP_BYTES)
        n = DRIP_BYTES;
    memcpy(out, c->bytes + at, n);
    return (ssize_t)n;
}

static void free_chunks(void *context) {
    struct chunks *c = context;

    free(c->bytes);
    free(c);
}

static ssize_t no_bytes(void *context, uint64_t at, char *out, size_t max) {
    (void)context, (void)at, (void)out, (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The answer to HEAD: the length that GET would have, and no body. */
static struct MHD_Response *make_head(const char *content_length) {
    return MHD_create_response_from_callback(strtoull(content_length, NULL, 10), 1024,
                                             no_bytes, NULL, NULL);
}

static struct MHD_Response *make_body(struct pending *p, bool chunked) {
    struct http_response *r = &p->response;
    bool cut = p->style & (ANSWER_CUT_BODY | ANSWER_CUT_HALF);
    struct chunks *c;
    char *bytes = r->body ? r->body : mem_strndup("", 0);
    size_t len = r->body ? r->body_len : 0;

    r->body = NULL;
    if (!chunked && !cut && !p->drip_ms)
        return MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    c = mem_new(1, sizeof(*c));
    *c = (struct chunks){.pending = p, .bytes = bytes, .len = len, .end = len};
    if (cut)
        c->end = p->style & ANSWER_CUT_HALF ? len / 2 : 0;
    return MHD_create_response_from_callback(chunked ? MHD_SIZE_UNKNOWN : len, 1024,
                                             read_chunk, c, free_chunks);
}

void listener_answer_kept(struct arrival *arrival, struct kept_answer *k) {
    struct pending *p = (struct pending *)arrival;

    p->kept = k;
    p->answered = true;
}

static enum MHD_Result send_answer(struct pending *p) {
    struct http_response *r = &p->response;
    bool head = strcmp(p->request.method, "HEAD") == 0;
    bool no_body = head || r->status == 204 || r->status == 304 || r->status < 200;
    const char *length = http_headers_get(&r->headers, "Content-Length");
    struct MHD_Response *m = head && length && !r->body_len
                                 ? make_head(length)
                                 : make_body(p, p->style & ANSWER_CHUNKED && !no_body);
    enum MHD_Result sent;

    if (!p->preflight)
        cors_apply(&p->listener->options.cors, &p->request, &r->headers);
    mhd_add_headers(m, &r->headers);
    if (m && (p->style & ANSWER_CLOSE || atomic_load(&p->listener->quiet)))
        MHD_add_response_header(m, "Connection", "close");
    if (p->listener->options.log)
        p->listener->options.log(p->listener->options.context, &p->arrival, r->status,
                                 clock_steady_us() - p->arrival.began_us);
    sent = m ? MHD_queue_response(p->connection, (unsigned)r->status, m) : MHD_NO;
    if (m)
        MHD_destroy_response(m);
    return sent;
}

/* http://host/path becomes "host" and, behind it, "/path": at most two bytes more. */
static void split_target(struct pending *p) {
    struct http_target t;
    enum http_target_form form =
        http_target_split(p->request.method, p->request.target, &t);
    char *path = p->target + (form == TARGET_ABSOLUTE ? t.authority_len + 1 : 0);
    bool slash;
    size_t rest;

    p->wrong_target = form == TARGET_INVALID;
    if (form != TARGET_ABSOLUTE)
        return;
    slash = *t.rest == '/';
    rest = strlen(t.rest) + 1;
    memmove(p->target, t.authority, t.authority_len + rest);
    if (slash) {
        memmove(path, p->target + t.authority_len, rest);
    } else {
        memmove(path + 1, p->target + t.authority_len, rest);
        *path = strcmp(p->request.method, "OPTIONS") == 0 && rest == 1 ? '*' : '/';
    }
    p->target[t.authority_len] = '\0';
    p->arrival.authority = p->target;
    p->arrival.secure = t.secure;
    p->request.target = path;
}

static void begin(struct pending *p, const char *method, const char *version) {
    p->started = true;
    look_between(p, version, version + strlen(version));
    p->request.method = method;
    split_target(p);
    MHD_get_connection_values(p->connection, MHD_HEADER_KIND, lend_header, p);
    if (p->arrival.authority)
        lend_header(p, MHD_HEADER_KIND, "Host", p->arrival.authority);
    p->arrival.loopback = mhd_is_loopback(p->connection);
}

static enum MHD_Result refuse(struct pending *p, int status, const char *code,
                              const char *message) {
    const struct listener_options *o = &p->listener->options;
    struct http_response r = {.status = status};
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    if (o->refused)
        buf_addf(&text,
                 "{\"error\": {\"type\": \"assay_error\", \"code\": \"%s\", "
                 "\"message\": \"%s\"}}\n",
                 code, message);
    else
        buf_addf(&text,
                 "{\"error\": {\"type\": \"invalid_request_error\", "
                 "\"message\": \"%s\"}}\n",
                 message);
    http_headers_add(&r.headers, "Content-Type", "application/json");
    http_response_body(&r, text.ptr, text.len);
    buf_release(&text);
    if (o->refused)
        o->refused(o->context, &p->arrival, status);
    listener_answer(&p->arrival, &r, ANSWER_CLOSE);
    return send_answer(p);
}

static const char too_large[] = "The request body is too large.";

/* It says so itself, and is not waited for. */
static bool is_announced_too_large(const struct pending *p) {
    const char *length = http_headers_get(&p->request.headers, "Content-Length");
    char *end;
    unsigned long long bytes;

    if (!length || *length < '0' || *length > '9')
        return false;
    errno = 0;
    bytes = strtoull(length, &end, 10);
    return errno == ERANGE || bytes > p->listener->options.max_body;
}

/* What the head alone shows to be wrong is refused before the body is read. */
static enum MHD_Result refuse_head(struct pending *p) {
    const char *wrong = request_check(&p->request);

    p->complete = true;
    if (p->has_nul)
        return refuse(p, 400, "bad_request",
                      "The request has a NUL in its target or a header, or a header "
                      "over several lines.");
    if (wrong)
        return refuse(p, 400, "bad_request", wrong);
    if (p->wrong_target)
        return refuse(p, 400, "bad_target",
                      "The request target is neither a path nor an http URL with a "
                      "host and without a user.");
    if (is_announced_too_large(p))
        return refuse(p, 413, "body_too_large", too_large);
    p->complete = false;
    return MHD_YES;
}

/* As a recorder writes the body down. 0 = it is plain now, else why not. */
static int decode_body(struct pending *p) {
    struct http_headers *h = &p->request.headers;
    const char *coding = http_headers_get(h, "Content-Encoding");
    struct buf plain = BUF_INIT(p->listener->options.max_body);
    bool ok;
    size_t kept = 0;
    int status;

    if (!coding || !p->request.body || str_equal_nocase(coding, "identity"))
        return 0;
    ok = inflate_body(coding, p->request.body, p->request.body_len, &plain);
    if (ok) {
        free(*http_owned(&p->request.body));
        p->request.body = buf_take(&plain, &p->request.body_len);
        for (size_t i = 0; i < h->count; i++) /* they are lent: none is freed */
            if (!str_equal_nocase(h->items[i].name, "Content-Encoding"))
                h->items[kept++] = h->items[i];
        h->count = kept;
    }
    status = ok ? 0 : plain.failed ? 413 : 415;
    buf_release(&plain);
    return status;
}

static bool allows(void *context, const char *authority) {
    const struct listener *l = context;

    return hosts_is_loopback(authority, l->port) ||
           (l->options.hosts && hosts_allow(l->options.hosts, authority));
}

/* A forward proxy is nobody's open relay. */
static bool is_foreign(const struct pending *p) {
    return p->listener->options.forward && p->arrival.authority &&
           !allows(p->listener, p->arrival.authority);
}

/* What is ours alone is for no page of another origin. */
static bool is_own(const struct pending *p) {
    return strncmp(p->request.target, "/_assay/", 8) == 0;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *size,
                                  void **state) {
    struct pending *p = *state;
    int status;

    (void)context, (void)connection, (void)url;
    if (!p)
        return MHD_NO;
    if (!p->started) {
        begin(p, method, version);
        return refuse_head(p);
    }
    if (*size) {
        buf_add(&p->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (p->dropped)
        return MHD_NO;
    if (p->answered)
        return send_answer(p);
    if (p->complete)
        return MHD_YES;
    p->complete = true;
    if (p->body.failed)
        return refuse(p, 413, "body_too_large", too_large);
    if (p->body.len)
        p->request.body = buf_take(&p->body, &p->request.body_len);
    if (p->listener->options.decode_bodies && (status = decode_body(p)))
        return status == 413
                   ? refuse(p, 413, "body_too_large", too_large)
                   : refuse(p, 415, "unreadable_body",
                            "The Content-Encoding of the request cannot be read.");
    if (is_foreign(p))
        return refuse(p, 403, "foreign_host",
                      "Only the upstream's own host is forwarded to.");
    p->preflight = !is_own(p) && cors_preflight(&p->listener->options.cors, &p->request,
                                                &p->response);
    if (p->preflight)
        return send_answer(p);
    p->listener->options.handle(p->listener->options.context, &p->arrival);
    if (p->deferred)
        return MHD_YES;
    if (p->dropped || !p->answered)
        return MHD_NO;
    if (p->kept)
        return MHD_queue_response(connection, (unsigned)p->kept->status,
                                  p->kept->response);
    return send_answer(p);
}

void listener_defer(struct arrival *arrival) {
    struct pending *p = (struct pending *)arrival;

    p->deferred = true;
    MHD_suspend_connection(p->connection);
}

void listener_answer(struct arrival *arrival, struct http_response *response,
                     unsigned style) {
    struct pending *p = (struct pending *)arrival;
    bool resume = p->deferred;

    p->response = *response;
    memset(response, 0, sizeof(*response));
    p->style = style;
    p->answered = true;
    if (resume)
        MHD_resume_connection(p->connection);
}

void listener_drop(struct arrival *arrival) {
    struct pending *p = (struct pending *)arrival;
    bool resume = p->deferred;

    p->dropped = true;
    if (resume)
        MHD_resume_connection(p->connection);
}

static void *run_timer(void *context) {
    struct listener *l = context;

    pthread_mutex_lock(&l->lock);
    while (!l->timer_stops || l->delayed) {
        int64_t now = clock_steady_ms();
        struct pending *p = l->delayed;

        if (!p) {
            pthread_cond_wait(&l->wake, &l->lock);
        } else if (p->due_ms <= now || l->timer_stops) {
            l->delayed = p->next;
            MHD_resume_connection(p->connection);
        } else {
            struct timespec until = {.tv_sec = p->due_ms / 1000,
                                     .tv_nsec = p->due_ms % 1000 * 1000000};

            pthread_cond_timedwait(&l->wake, &l->lock, &until);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Resume the suspended connection then; at once when nobody keeps the time any more:
 * libmicrohttpd must not be stopped while one is suspended. */
static void wake_at(struct pending *p, int64_t due_ms) {
    struct listener *l = p->listener;
    struct pending **at;

    p->due_ms = due_ms;
    pthread_mutex_lock(&l->lock);
    if (l->timer_stops) {
        MHD_resume_connection(p->connection);
        pthread_mutex_unlock(&l->lock);
        return;
    }
    for (at = &l->delayed; *at && (*at)->due_ms <= p->due_ms;)
        at = &(*at)->next;
    p->next = *at;
    *at = p;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

void listener_answer_after(struct arrival *arrival, struct http_response *response,
                           unsigned style, int64_t delay_ms) {
    struct pending *p = (struct pending *)arrival;

    if (!p->deferred)
        listener_defer(arrival);
    p->response = *response;
    memset(response, 0, sizeof(*response));
    p->style = style;
    p->answered = true;
    wake_at(p, clock_steady_ms() + delay_ms);
}

void listener_drip(struct arrival *arrival, int64_t ms) {
    ((struct pending *)arrival)->drip_ms = ms;
}

static struct daemons *start_daemons(struct listener *l, int fd, struct err *err) {
    const struct listener_options *o = &l->options;
    const struct daemons_options options = {.threads = o->threads,
                                            .max_connections = o->max_connections,
                                            .idle_s = o->idle_s,
                                            .max_head = o->max_head,
                                            .tls_cert = o->tls_cert,
                                            .tls_key = o->tls_key,
                                            .forward = o->forward,
                                            .allows = allows,
                                            .on_request = on_request,
                                            .on_completed = on_completed,
                                            .on_target = on_target,
                                            .context = l};

    return daemons_start(&options, fd, err);
}

static void set_defaults(struct listener_options *o) {
    o->max_head = o->max_head ? o->max_head : HEAD_BYTES;
    o->max_body = o->max_body ? o->max_body : 16 << 20;
    o->max_connections = o->max_connections ? o->max_connections : 1000;
    o->idle_s = o->idle_s ? o->idle_s : 30;
}

static void start_timer(struct listener *l) {
    pthread_condattr_t attributes;

    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    l->timer_runs = pthread_create(&l->timer, NULL, run_timer, l) == 0;
}

struct listener *listener_start(const struct listener_options *options,
                                struct err *err) {
    int fd = listen_socket_open(options->address, err);
    struct listener *l;

    if (fd < 0)
        return NULL;
    l = mem_new(1, sizeof(*l));
    l->options = *options;
    set_defaults(&l->options);
    /* a forward proxy is reached without TLS, and with it on the same port */
    l->url = listen_socket_url(fd, options->tls_cert && !options->forward);
    l->fd = fd;
    l->port = (int)strtol(strrchr(l->url, ':') + 1, NULL, 10);
    start_timer(l);
    if (l->timer_runs)
        l->daemons = start_daemons(l, fd, err);
    else
        close(fd);
    if (l->daemons)
        return l;
    err_at(err, ERR_OS, 0, 0, "cannot start a thread");
    listener_stop(l, 0);
    return NULL;
}

bool listener_is(const struct listener *l, const char *url) {
    struct hosts named = {0};
    bool is = false;

    if (hosts_add_url(&named, url) && named.count) {
        char *host = mem_strdup(named.items[0].name);
        size_t len = strlen(host);

        if (len > 2 && host[0] == '[') {
            host[len - 1] = '\0';
            is = listen_socket_hears(l->fd, host + 1, named.items[0].port);
        } else {
            is = listen_socket_hears(l->fd, host, named.items[0].port);
        }
        free(host);
    }
    hosts_release(&named);
    return is;
}

const char *listener_url(const struct listener *l) {
    return l->url;
}

void listener_turn(struct listener *l) {
    daemons_turn(l->daemons);
}

int listener_fd(const struct listener *l) {
    return daemons_fd(l->daemons);
}

int64_t listener_wait_ms(const struct listener *l) {
    return daemons_wait_ms(l->daemons);
}

size_t listener_under_way(const struct listener *l) {
    return (size_t)atomic_load(&l->under_way);
}

void listener_quiesce(struct listener *l) {
    atomic_store(&l->quiet, true);
    if (l->daemons)
        daemons_quiesce(l->daemons);
}

void listener_stop(struct listener *l, int64_t bound_ms) {
    int64_t until = clock_steady_ms() + bound_ms;

    listener_quiesce(l);
    while (l->daemons && atomic_load(&l->under_way) > 0 && clock_steady_ms() < until)
        usleep(2000);
    pthread_mutex_lock(&l->lock);
    l->timer_stops = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    if (l->timer_runs)
        pthread_join(l->timer, NULL);
    if (l->daemons)
        daemons_stop(l->daemons);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l->url);
    free(l);
}
