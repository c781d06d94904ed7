/* Connections come in. Whole requests go to a handler, its answers to the clients;
 * everything has a limit. */
#include "proxy/listener.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/daemons.h"
#include "proxy/listen_socket.h"
#include "proxy/pending.h"
#include "proxy/request_check.h"

struct listener {
    struct listener_options options;
    struct daemons *daemons;
    struct admission *admission;
    char *url;
    int fd, port;
    atomic_int under_way;
    atomic_bool quiet; /* each connection is closed behind its next answer */
    struct wake_timer *timer;
};

static void *on_target(void *context, const char *target,
                       struct MHD_Connection *connection) {
    struct listener *l = context;
    struct pending *p = pending_new(target, connection, l->options.max_body);

    p->listener = l;
    p->timer = l->timer;
    atomic_fetch_add(&l->under_way, 1);
    return p;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
    struct pending *p = *state;

    (void)context, (void)code;
    if (!p)
        return;
    atomic_fetch_sub(&p->listener->under_way, 1);
    admission_waits(p->listener->admission, connection);
    pending_free(p);
    *state = NULL;
}

static enum MHD_Result send_answer(struct pending *p) {
    const struct listener_options *o = &p->listener->options;
    int status = p->response.status;
    struct MHD_Response *m;
    enum MHD_Result sent;

    if (!p->preflight)
        cors_apply(&o->cors, &p->request, &p->response.headers);
    m = pending_response(p);
    if (m && (p->style & ANSWER_CLOSE || atomic_load(&p->listener->quiet)))
        MHD_add_response_header(m, "Connection", "close");
    if (o->log)
        o->log(o->context, &p->arrival, status,
               clock_steady_us() - p->arrival.began_us);
    admission_waits(p->listener->admission, p->wake.connection);
    sent = m ? MHD_queue_response(p->wake.connection, (unsigned)status, m) : MHD_NO;
    if (m)
        MHD_destroy_response(m);
    return sent;
}

void listener_answer_kept(struct arrival *arrival, struct kept_answer *k) {
    struct pending *p = (struct pending *)arrival;

    p->kept = k;
    p->answered = true;
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
    if (admission_refuses(p->wake.connection))
        return refuse(p, 503, "too_many_connections",
                      "Too many connections are open, and all are being worked for.");
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
        pending_begin(p, method, version);
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
    if (p->listener->options.decode_bodies &&
        (status = pending_decode(p, p->listener->options.max_body)))
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
    admission_works(p->listener->admission, connection);
    p->listener->options.handle(p->listener->options.context, &p->arrival);
    if (p->deferred)
        return MHD_YES;
    if (p->dropped || !p->answered)
        return MHD_NO;
    admission_waits(p->listener->admission, connection);
    if (p->kept)
        return MHD_queue_response(connection, (unsigned)p->kept->status,
                                  p->kept->response);
    return send_answer(p);
}

void listener_defer(struct arrival *arrival) {
    struct pending *p = (struct pending *)arrival;

    p->deferred = true;
    MHD_suspend_connection(p->wake.connection);
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
        MHD_resume_connection(p->wake.connection);
}

void listener_drop(struct arrival *arrival) {
    struct pending *p = (struct pending *)arrival;
    bool resume = p->deferred;

    p->dropped = true;
    if (resume)
        MHD_resume_connection(p->wake.connection);
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
    wake_timer_at(p->timer, &p->wake, clock_steady_ms() + delay_ms);
}

void listener_drip(struct arrival *arrival, int64_t ms) {
    ((struct pending *)arrival)->drip_ms = ms;
}

static struct daemons *start_daemons(struct listener *l, int fd, struct err *err) {
    const struct listener_options *o = &l->options;
    const struct daemons_options options = {.threads = o->threads,
                                            .admission = l->admission,
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
    o->max_head = o->max_head ? o->max_head : LISTENER_HEAD_BYTES;
    o->max_body = o->max_body ? o->max_body : 16 << 20;
    o->max_connections = o->max_connections ? o->max_connections : 1000;
    o->idle_s = o->idle_s ? o->idle_s : 30;
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
    l->timer = wake_timer_start();
    l->admission = admission_new(l->options.max_connections, l->options.trouble);
    if (l->timer)
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
    wake_timer_stop(l->timer);
    if (l->daemons)
        daemons_stop(l->daemons);
    wake_timer_free(l->timer);
    admission_free(l->admission);
    free(l->url);
    free(l);
}
