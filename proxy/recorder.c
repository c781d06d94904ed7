/* Requests come in. They go to the upstream once their intent is on disk, and the
 * answers to the clients once their outcome is. */
#include "proxy/recorder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/admin.h"
#include "proxy/request_log.h"

enum {
    GRACE_MS = 1000, /* for answers to reach their clients at the end */
    KEPT_REQUESTS = 1000
};

struct job { /* one exchange on its way */
    struct upstream_call call;
    struct arrival *arrival;            /* NULL = it is before another one */
    const struct http_request *request; /* of the arrival, or `own` */
    struct http_request own;
    bool unrecorded;   /* it is sent alone */
    struct job *then;  /* when this one has ended */
    struct recorded x; /* what is written of it */
    struct job *next;
};

struct recorder {
    struct recorder_options options;
    struct listener *listener;
    struct upstream *upstream;
    struct journal *journal;
    struct redactor *redactor;
    struct request_log *requests;
    pthread_t thread;
    bool thread_runs, in_trouble;
    int64_t offset_us; /* from the steady clock to the recording's */
    struct recorder_counts counts;
    struct job *queue, **queue_tail;
    uint64_t numbers;
    _Atomic int64_t abort_at_ms; /* 0 = go on; set from outside */
};

/* Since the recording was started; it never goes back. */
static int64_t now_us(const struct recorder *r) {
    return r->offset_us + clock_steady_us();
}

static void refuse(struct arrival *a, int status, const char *code,
                   const char *message) {
    struct http_response answer = {0};

    if (!a)
        return;
    admin_error(&answer, status, code, message);
    listener_answer(a, &answer, status == 400 ? ANSWER_CLOSE : 0);
}

static void count_refused(void *context, const struct arrival *a, int status) {
    struct recorder *r = context;

    (void)a;
    r->counts.arrived++;
    if (status == 413)
        r->counts.too_large++;
    else
        r->counts.refused++;
}

/* --- what is shown of it --- */

/* Redacted already, as it was written. */
static void note(struct recorder *r, const struct job *j) {
    const struct request_line line = {.at_ms = clock_wall_ms(),
                                      .method = j->x.request.method,
                                      .target = j->x.request.target,
                                      .label = j->x.outcome == OUTCOME_ANSWERED
                                                   ? "relayed"
                                                   : outcome_name(j->x.outcome),
                                      .status = j->x.response.status,
                                      .exchange = j->x.number,
                                      .us = j->x.ended_us - j->x.began_us,
                                      .request = &j->x.request,
                                      .answer = &j->x.response};

    if (j->arrival)
        request_log_add(r->requests, &line);
}

/* The page and what it reads. Everything else below /_assay/ is the upstream's, which may
 * be a stand-in of ours itself. */
static bool answer_page(struct recorder *r, struct arrival *a) {
    static const char list[] = "/_assay/requests";
    struct http_response answer = {0};
    size_t len = http_target_path_len(a->request->target);

    if (strcmp(a->request->method, "GET") != 0 ||
        !admin_is_local(a->request, a->loopback))
        return false;
    if (strcmp(a->request->target, "/_assay/") == 0)
        admin_page(&answer);
    else if (len == sizeof(list) - 1 && memcmp(a->request->target, list, len) == 0)
        admin_json(&answer, 200,
                   request_log_document(r->requests, "record", false,
                                        request_log_since(a->request)));
    else
        return false;
    listener_answer(a, &answer, 0);
    return true;
}

static struct job *new_job(const struct http_request *request) {
    struct job *j = mem_new(1, sizeof(*j));

    j->request = request;
    j->call.context = j;
    return j;
}

static void put_in_queue(struct recorder *r, struct job *j) {
    if (!j->unrecorded)
        j->x.number = ++r->numbers;
    j->x.began_us = now_us(r);
    *r->queue_tail = j;
    r->queue_tail = &j->next;
}

/* The first of those that go before it, each with the next one behind it; or itself. */
static struct job *put_before(struct recorder *r, struct job *j) {
    struct recorder_before *list = NULL;
    size_t n = r->options.before ? r->options.before(r->options.context, &list) : 0;

    while (n-- > 0) {
        struct job *b = new_job(NULL);

        b->own = list[n].request;
        b->request = &b->own;
        b->unrecorded = !list[n].record;
        b->then = j;
        j = b;
    }
    free(list);
    return j;
}

static void handle(void *context, struct arrival *a) {
    struct recorder *r = context;
    struct job *j;

    if (r->options.answer && r->options.answer(r->options.context, a))
        return;
    if (answer_page(r, a))
        return;
    if (strcmp(a->request->method, "CONNECT") == 0) {
        count_refused(r, a, 400);
        refuse(a, 400, "not_forwarded", "only requests for a path are forwarded");
        return;
    }
    if (atomic_load(&r->abort_at_ms)) {
        count_refused(r, a, 503);
        refuse(a, 503, "stopping", "the recorder is being stopped");
        return;
    }
    j = new_job(a->request);
    j->arrival = a;
    put_in_queue(r, put_before(r, j));
    listener_defer(a);
}

/* The access log is written down too: without secrets. */
static void log_arrival(void *context, const struct arrival *a, int status,
                        int64_t us) {
    struct recorder *r = context;
    struct http_request request = *a->request;
    struct arrival shown = *a;
    char *target = redactor_text(r->redactor, request.target);

    request.target = target;
    shown.request = &request;
    r->options.listen.log(NULL, &shown, status, us);
    free(target);
}

static void free_job(struct job *j) {
    upstream_call_release(&j->call);
    recorded_release(&j->x);
    http_request_release(&j->own);
    free(j);
}

/* Then it is the turn of the one that it was before. */
static void end_job(struct recorder *r, struct job *j) {
    if (j->then)
        put_in_queue(r, j->then);
    free_job(j);
}

/* --- what is written --- */

/* Decode a body in place; false if it cannot be read. */
static bool decode_body(struct http_headers *h, char **body, size_t *len, size_t max,
                        char **encoding) {
    const char *named = http_headers_get(h, "Content-Encoding");
    struct buf plain = BUF_INIT(inflate_room(*len, max));

    if (!named || str_equal_nocase(named, "identity") || !*len)
        return true;
    if (!inflate_body(named, *body, *len, &plain)) {
        buf_release(&plain);
        return false;
    }
    if (encoding)
        *encoding = mem_strdup(named);
    http_headers_remove(h, "Content-Encoding");
    free(*body);
    *body = buf_take(&plain, len);
    return true;
}

static void drop_framing(struct http_headers *h) {
    http_headers_remove(h, "Content-Length");
    http_headers_remove(h, "Transfer-Encoding");
}

static void add_mark(void *context, const char *token, const char *mark) {
    journal_mark(context, token, mark);
}

/* False: the request has an encoding that we cannot read, so cannot redact. */
static bool write_intent(struct recorder *r, struct job *j) {
    struct http_request *q = &j->x.request;

    j->call.request = j->request;
    if (j->unrecorded)
        return true;
    http_request_copy(q, j->request);
    drop_framing(&q->headers);
    if (!decode_body(&q->headers, http_owned(&q->body), &q->body_len,
                     r->options.upstream.max_body, NULL))
        return false;
    redactor_request(r->redactor, q);
    redactor_take_marks(r->redactor, add_mark, r->journal);
    journal_intent(r->journal, &j->x);
    return true;
}

static void fail(struct job *j, enum exchange_outcome outcome, const char *why) {
    j->call.outcome = outcome;
    free(j->call.failure);
    j->call.failure = mem_strdup(why);
}

static void write_outcome(struct recorder *r, struct job *j) {
    struct upstream_call *c = &j->call;
    struct http_response *answer = &j->x.response;
    bool head = strcmp(j->request->method, "HEAD") == 0;

    if (j->unrecorded)
        return;
    j->x.ended_us = now_us(r);
    if (c->response.status) {
        http_response_copy(answer, &c->response);
        if (!head || strstr(j->request->target, "payload"))
            drop_framing(&answer->headers);
        http_headers_remove(&answer->headers, "Transfer-Encoding");
        if (!decode_body(&answer->headers, &answer->body, &answer->body_len,
                         r->options.upstream.max_body, &j->x.encoding)) {
            fail(j, OUTCOME_UNREADABLE,
                 "the upstream's Content-Encoding cannot be read");
            http_response_release(answer);
        }
        redactor_response(r->redactor, answer);
        http_headers_copy(&j->x.trailers, &c->trailers);
        redactor_headers(r->redactor, &j->x.trailers);
    }
    j->x.chunked = c->chunked;
    j->x.outcome = c->outcome;
    j->x.failure = c->failure ? redactor_text(r->redactor, c->failure) : NULL;
    redactor_take_marks(r->redactor, add_mark, r->journal);
    journal_outcome(r->journal, &j->x);
}

/* --- what clients get --- */

static void relay(struct recorder *r, struct job *j) {
    static const struct {
        enum exchange_outcome outcome;
        int status;
        const char *code;
    } failures[] = {
        {OUTCOME_REFUSED, 502, "upstream_refused"},
        {OUTCOME_RESET, 502, "upstream_reset"},
        {OUTCOME_PARTIAL, 502, "upstream_partial"},
        {OUTCOME_TIMEOUT, 504, "upstream_timeout"},
        {OUTCOME_TOO_LARGE, 502, "upstream_too_large"},
        {OUTCOME_UNREADABLE, 502, "upstream_unreadable"},
    };

    if (j->call.outcome == OUTCOME_ANSWERED && !j->unrecorded && r->options.recorded)
        r->options.recorded(r->options.context, j->arrival, &j->x, &j->call.response);
    if (!j->arrival)
        return;
    if (j->call.outcome == OUTCOME_ANSWERED) {
        r->counts.answered++;
        listener_answer(j->arrival, &j->call.response,
                        j->call.chunked ? ANSWER_CHUNKED : 0);
        return;
    }
    if (!r->counts.failed++ && r->options.trouble)
        r->options.trouble(j->call.failure);
    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (failures[i].outcome == j->call.outcome)
            refuse(j->arrival, failures[i].status, failures[i].code, j->call.failure);
}

static void trouble(struct recorder *r, const char *what) {
    bool now = what != NULL;

    if (now != r->in_trouble && r->options.trouble)
        r->options.trouble(what ? what : "the journal can be written again");
    r->in_trouble = now;
}

/* --- the turn --- */

static struct job *take_queue(struct recorder *r) {
    struct job *first = r->queue;

    r->queue = NULL;
    r->queue_tail = &r->queue;
    return first;
}

static struct job *write_intents(struct recorder *r, struct job *arrived) {
    struct job *writable = NULL, **tail = &writable;

    while (arrived) {
        struct job *j = arrived;

        arrived = j->next;
        j->next = NULL;
        r->counts.arrived += j->arrival != NULL;
        if (write_intent(r, j)) {
            *tail = j;
            tail = &j->next;
        } else {
            r->counts.refused++;
            refuse(j->arrival, 415, "not_recorded",
                   "the Content-Encoding of the request cannot be read, so it cannot "
                   "be recorded without its secrets");
            end_job(r, j);
        }
    }
    return writable;
}

static void refuse_unwritten(struct recorder *r, struct job *j) {
    r->counts.not_written++;
    refuse(j->arrival, 503, "not_recorded",
           "the recording cannot be written; what is not recorded is not forwarded");
    end_job(r, j);
}

static void commit(struct recorder *r, struct job *arrived,
                   struct upstream_call *ended) {
    struct err err = {0};
    bool written;

    arrived = write_intents(r, arrived);
    for (struct upstream_call *c = ended; c; c = c->next)
        write_outcome(r, c->context);
    written = journal_commit(r->journal, &err);
    if (arrived || ended)
        trouble(r, written ? NULL : err.text);
    while (arrived) {
        struct job *j = arrived;

        arrived = j->next;
        if (written)
            upstream_send(r->upstream, &j->call);
        else
            refuse_unwritten(r, j);
    }
    while (ended) {
        struct job *j = ended->context;

        ended = ended->next;
        if (written) {
            note(r, j);
            relay(r, j);
            end_job(r, j);
        } else {
            refuse_unwritten(r, j);
        }
    }
}

/* How long may nothing happen? Not longer than a sync, a timeout, the end of patience.
 */
static int64_t wait_of(const struct recorder *r, int64_t abort_at) {
    int64_t sync = journal_sync_due(r->journal), wait = 60000,
            listener = listener_wait_ms(r->listener);

    if (sync >= 0 && sync < wait)
        wait = sync;
    if (listener >= 0 && listener < wait)
        wait = listener;
    return abort_at && wait > 20 ? 20 : wait;
}

static bool is_over(const struct recorder *r, int64_t abort_at) {
    bool idle = !r->queue && !upstream_in_flight(r->upstream);

    return abort_at && idle &&
           (!listener_under_way(r->listener) ||
            clock_steady_ms() > abort_at + GRACE_MS);
}

/* Client side, journal and upstream in one thread: nothing is handed over. */
static void *run(void *context) {
    struct recorder *r = context;
    struct upstream_call *ended = NULL;
    int64_t abort_at;

    do {
        struct job *arrived = take_queue(r);

        abort_at = atomic_load(&r->abort_at_ms);
        if (abort_at)
            listener_quiesce(r->listener);
        if (arrived || ended)
            commit(r, arrived, ended);
        listener_turn(r->listener);
        ended = upstream_turn(r->upstream);
        if (ended || r->queue)
            continue;
        if (abort_at && clock_steady_ms() >= abort_at)
            ended = upstream_abort(r->upstream, "the recorder was stopped");
        else
            upstream_wait(r->upstream, listener_fd(r->listener), wait_of(r, abort_at));
    } while (ended || !is_over(r, abort_at));
    return NULL;
}

struct recorder *recorder_listen(const struct recorder_options *options,
                                 struct redactor *redactor, struct err *err) {
    struct recorder *r = mem_new(1, sizeof(*r));
    struct listener_options listen = options->listen;

    listen.max_body = options->upstream.max_body;
    listen.handle = handle;
    listen.refused = count_refused;
    listen.log = listen.log ? log_arrival : NULL;
    listen.context = r;
    r->options = *options;
    r->redactor = redactor;
    r->queue_tail = &r->queue;
    r->requests = request_log_new(KEPT_REQUESTS);
    r->upstream = upstream_new(&options->upstream, err);
    r->listener = r->upstream ? listener_start(&listen, err) : NULL;
    if (r->listener && !listener_is(r->listener, options->upstream.connection.url))
        return r;
    if (r->listener)
        err_at(err, ERR_SYNTAX, 0, 0,
               "the upstream %s is this recorder itself; another --listen port, or "
               "another --upstream, is needed",
               options->upstream.connection.url);
    recorder_stop(r, 0, NULL, NULL);
    return NULL;
}

bool recorder_begin(struct recorder *r, struct journal *journal, int64_t started_ms,
                    struct err *err) {
    r->journal = journal;
    r->offset_us = (clock_wall_ms() - started_ms) * 1000 - clock_steady_us();
    r->thread_runs = pthread_create(&r->thread, NULL, run, r) == 0;
    return r->thread_runs || err_at(err, ERR_OS, 0, 0, "cannot start a thread");
}

const char *recorder_url(const struct recorder *r) {
    return listener_url(r->listener);
}

bool recorder_stop(struct recorder *r, int64_t bound_ms, struct recorder_counts *counts,
                   struct err *err) {
    bool settled = true;

    atomic_store(&r->abort_at_ms, clock_steady_ms() + bound_ms);
    if (r->thread_runs) {
        upstream_wake(r->upstream);
        pthread_join(r->thread, NULL);
    }
    if (r->listener)
        listener_stop(r->listener, 0);
    if (r->journal) {
        r->counts.syncs = journal_syncs(r->journal);
        settled = journal_settle(r->journal, &r->counts.restored, err);
    }
    if (counts)
        *counts = r->counts;
    journal_close(r->journal, false);
    if (r->upstream)
        upstream_free(r->upstream);
    request_log_free(r->requests);
    free(r);
    return settled;
}
