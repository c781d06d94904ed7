/* Requests come in. Answers go out, in whatever order they come; a 429 is waited for. */
#include "harness/run/client.h"

#include <stdlib.h>
#include <string.h>

#include "api/gateway.h"
#include "api/profile_connection.h"
#include "core/clock.h"
#include "core/http_client.h"
#include "core/mem.h"
#include "harness/run/failure.h"
#include "harness/run/retry.h"
#include "harness/run/run_options.h"

enum {
    MAX_BODY = 1 << 20,
    MAX_BACK_OFF_MS = 2000,     /* the longest of these waits */
    WHOLE_PATIENCE_MS = 600000, /* what they may cost a run, all in all */
    STALL_MS = 1500,            /* no byte of an answer for so long */
    LAST_LOOK_UP_MS = 10,
    LOOK_UP_MS = 100,     /* so often it is seen whether we are asked to stop */
    LAST_ANSWER_MS = 100, /* what an answer may take once we are stopping, at least */
    LAST_ANSWER_MOST_MS =
        2000 /* the same at most; else four times the slowest so far */
};

/* A transfer's owner: its exchange, and what we know of it beside. */
struct sending {
    struct exchange *exchange;
    int64_t sent_us;      /* when the exchange was given to us */
    int64_t waited_ms;    /* for all the 429 before */
    int64_t due_us;       /* when it is sent again; 0 = it is on its way */
    bool begun;           /* the exchange's begin is known */
    bool died;            /* it was sent again because its connection was dead */
    struct sending *next; /* of the spare ones */
};

struct client {
    struct client_options options;
    struct http_client *http;
    struct sending *spare;
    size_t in_flight, sent, limited, postponed;
    int64_t back_off_ms, waited_ms; /* waited_ms: behind the gate, in the whole run */
    bool shy;           /* the target cannot serve all our connections: none is kept */
    int64_t longest_us; /* that an answer took */
    int64_t stopped_us; /* when we were asked to stop; 0 = not yet */
    bool hurried;       /* nothing is waited for any more */
};

static void finish(void *context, struct http_transfer *t);

struct client_options client_options_for(const struct profile *target,
                                         unsigned connections,
                                         volatile sig_atomic_t *stop) {
    struct client_options o = {.stop = stop};

    profile_connection(target, connections, &o.connection);
    return o;
}

struct client *client_new(const struct client_options *options) {
    struct client *c = mem_new(1, sizeof(*c));
    const struct http_client_options http = {.connection = options->connection,
                                             .max_body = MAX_BODY,
                                             .decode = true,
                                             .finished = finish,
                                             .context = c};

    c->options = *options;
    c->back_off_ms = RETRY_LEAST_MS;
    c->http = http_client_new(&http, NULL);
    return c;
}

static struct sending *take_sending(struct client *c) {
    struct sending *s = c->spare;

    if (s)
        c->spare = s->next;
    else
        s = mem_new(1, sizeof(*s));
    *s = (struct sending){.sent_us = clock_steady_us()};
    return s;
}

void client_send(struct client *c, struct exchange *x) {
    static const char *const own[] = {"User-Agent", "Accept", "Accept-Encoding"};
    struct sending *s = take_sending(c);
    struct http_transfer *t = http_client_take(c->http, &x->request, s);

    s->exchange = x;
    t->repeatable = true;
    t->fresh = x->fresh;
    for (size_t i = 0; x->bare && i < ARRAY_LEN(own); i++)
        http_client_leave_out(t, own[i]);
    for (size_t i = 0; i < x->request.headers.count; i++)
        http_client_header(t, x->request.headers.items[i].name,
                           x->request.headers.items[i].value);
    http_client_send(c->http, t);
    c->in_flight++;
    c->sent++;
}

/* A kept connection that the target closed just as we wrote to it: not its fault. */
static bool died_in_keeping(const struct http_transfer *t) {
    const struct sending *s = t->owner;

    return !s->died && !t->header_bytes && t->reused &&
           (t->failure == HTTP_BROKEN || t->failure == HTTP_CLOSED);
}

/* What a broken connection or a gateway took may have been carried out then: it began
 * with the first of them. */
static void begin_once(struct sending *s, const struct http_transfer *t) {
    if (!s->begun)
        s->exchange->begin_us = t->started_us;
    s->begun = true;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* A limit of rate holds for all; what else a gateway says, for that request alone. */
static bool waits_alone(const struct http_transfer *t) {
    return t->response.status != 429;
}

/* How long to wait before it is sent again; -1: it is the answer. */
static int64_t retry_after(const struct client *c, const struct http_transfer *t) {
    const struct sending *s = t->owner;
    bool limits = t->body.len && strstr(t->body.ptr, "rate_limit");
    int64_t wait_ms, back_off_ms = c->back_off_ms;

    if (t->failure || c->hurried)
        return -1;
    if (waits_alone(t)) /* twice as long each time */
        back_off_ms = least(s->waited_ms, MAX_BACK_OFF_MS);
    wait_ms = retry_wait_ms(&t->response, s->exchange->gateway, limits, back_off_ms,
                            s->waited_ms);
    return wait_ms <= WHOLE_PATIENCE_MS - c->waited_ms ? wait_ms : -1;
}

static void wait_behind_gate(struct client *c, int64_t wait_ms) {
    int64_t now = clock_steady_us();

    if (http_client_gate_us(c->http) > now)
        return;
    http_client_close_gate(c->http, now + wait_ms * 1000);
    c->waited_ms += wait_ms;
    c->back_off_ms = least(c->back_off_ms * 2, MAX_BACK_OFF_MS);
}

static bool again(struct client *c, struct http_transfer *t) {
    struct sending *s = t->owner;
    struct exchange *x = s->exchange;
    int64_t wait_ms;

    x->gateway =
        !t->failure && gateway_answered(t->response.status, t->body.ptr, t->body.len);
    if (x->gateway && strcmp(x->request.method, "POST") == 0) {
        begin_once(s, t);
        x->doubtful = true;
    }
    wait_ms = retry_after(c, t);
    if (wait_ms >= 0) {
        s->waited_ms += wait_ms;
        c->limited += t->response.status == 429;
        if (waits_alone(t)) {
            s->due_us = clock_steady_us() + wait_ms * 1000;
            c->postponed++;
            return true;
        }
        wait_behind_gate(c, wait_ms);
    } else if (died_in_keeping(t)) {
        begin_once(s, t);
        s->died = t->fresh = true;
    } else {
        if (!t->failure && t->response.status != 429 && !x->gateway)
            c->back_off_ms = RETRY_LEAST_MS;
        return false;
    }
    http_client_again(c->http, t);
    return true;
}

static void close_exchange(struct client *c, struct http_transfer *t) {
    struct sending *s = t->owner;
    struct exchange *x = s->exchange;

    http_client_give_back(c->http, t);
    c->postponed -= s->due_us != 0;
    s->next = c->spare;
    c->spare = s;
    c->in_flight--;
    x->done = true;
    if (x->finished)
        x->finished(x, x->context);
}

static bool is_unreachable(enum http_failure failure) {
    return failure == HTTP_NO_HOST || failure == HTTP_NO_CONNECTION ||
           failure == HTTP_NO_TLS || failure == HTTP_NO_TRUST;
}

static char *failure_of_gateway(const struct http_transfer *t) {
    const struct sending *s = t->owner;

    return mem_printf("a gateway answered %d in the target's place, and again after "
                      "%.0f s",
                      t->response.status, (double)s->waited_ms / 1000.0);
}

static void finish(void *context, struct http_transfer *t) {
    struct client *c = context;
    struct exchange *x = ((struct sending *)t->owner)->exchange;

    if (again(c, t))
        return;
    x->end_ms = clock_even_ms();
    x->end_us = clock_steady_us();
    begin_once(t->owner, t);
    /* rounded down: it began no later than that */
    x->begin_ms = x->end_ms - (x->end_us - x->begin_us + 999) / 1000;
    x->ms = (double)(x->end_us - t->started_us) / 1000.0;
    if (x->gateway) {
        x->failure = failure_of_gateway(t);
    } else if (t->failure) {
        x->failure = failure_words(t, &c->options.connection);
        x->timed_out = t->failure == HTTP_TIMED_OUT;
        x->unreachable = is_unreachable(t->failure);
        x->broke = t->failure == HTTP_BROKEN || t->failure == HTTP_CLOSED ||
                   t->failure == HTTP_PARTIAL;
    } else {
        if (x->end_us - t->started_us > c->longest_us)
            c->longest_us = x->end_us - t->started_us;
        x->response = t->response;
        t->response = (struct http_response){0};
        http_response_body(&x->response, t->body.ptr, t->body.len);
    }
    close_exchange(c, t);
}

/* --- when we are asked to stop --- */

static int64_t last_answer_us(const struct client *c) {
    int64_t us = c->longest_us * 4, shortest = LAST_ANSWER_MS * 1000,
            most = LAST_ANSWER_MOST_MS * 1000;

    return us < shortest ? shortest : us > most ? most : us;
}

static void give_up(struct client *c, struct http_transfer *t) {
    struct exchange *x = ((struct sending *)t->owner)->exchange;

    x->failure = mem_strdup("given up: the run was interrupted");
    x->given_up = true;
    close_exchange(c, t);
}

/* What has no answer soon after that, or soon after it was sent, is given up: a set that is
 * under way must not come to the target after the delete that removes it. True if there
 * was any. */
static bool stop_some(struct client *c) {
    int64_t now = clock_steady_us();
    struct http_transfer *t;
    bool any = false;

    if (!run_stop_heard(c->options.stop))
        return false;
    if (!c->stopped_us)
        c->stopped_us = now;
    for (size_t i = 0; (t = http_client_transfer(c->http, i)); i++) {
        const struct sending *s = t->owner;
        int64_t from = s && s->sent_us > c->stopped_us ? s->sent_us : c->stopped_us;

        if (!s || (!t->held && now - from < last_answer_us(c)))
            continue;
        give_up(c, t);
        any = true;
    }
    return any;
}

/* A target may serve fewer connections than we opened, and read nothing from one while
 * others stand idle: give the idle ones back, and keep none from then on. */
static void unstall(struct client *c) {
    int64_t long_ago = clock_steady_us() - STALL_MS * 1000LL;
    bool stalled = c->shy, known = true;
    const struct http_transfer *t;

    for (size_t i = 0; (t = http_client_transfer(c->http, i)); i++) {
        if (!t->owner || t->held)
            continue;
        stalled = stalled || (t->header_bytes == 0 && t->started_us < long_ago);
        known = known && t->port;
    }
    if (stalled && known && http_client_close_idle(c->http)) {
        c->shy = true;
        http_client_keep_none(c->http);
    }
}

/* Send again what has waited long enough; how long the next one has to, `most` at most. */
static int64_t send_due(struct client *c, int64_t most_ms) {
    int64_t now = clock_steady_us();
    struct http_transfer *t;

    for (size_t i = 0; c->postponed && (t = http_client_transfer(c->http, i)); i++) {
        struct sending *s = t->owner;

        if (!s || !s->due_us)
            continue;
        if (s->due_us > now && !c->hurried) {
            most_ms = least(most_ms, (s->due_us - now) / 1000 + 1);
            continue;
        }
        s->due_us = 0;
        c->postponed--;
        http_client_again(c->http, t);
    }
    return most_ms;
}

void client_turn(struct client *c, int64_t wait_ms) {
    wait_ms = send_due(c, wait_ms);
    if (c->options.stop && wait_ms > LOOK_UP_MS)
        wait_ms = LOOK_UP_MS;
    if (c->stopped_us && wait_ms > LAST_LOOK_UP_MS)
        wait_ms = LAST_LOOK_UP_MS;
    /* a transfer may end within the turn: look before sleeping */
    if (http_client_turn(c->http) || stop_some(c) || wait_ms <= 0)
        return;
    http_client_wait(c->http, -1, wait_ms > 60000 ? 60000 : wait_ms);
    if (http_client_turn(c->http) == 0 && !stop_some(c))
        unstall(c);
}

size_t client_in_flight(const struct client *c) {
    return c->in_flight;
}

size_t client_sent(const struct client *c) {
    return c->sent;
}

size_t client_limited(const struct client *c) {
    return c->limited;
}

void client_hurry(struct client *c) {
    c->hurried = true;
    http_client_close_gate(c->http, 0);
}

void client_free(struct client *c) {
    struct http_transfer *t;

    if (!c)
        return;
    for (size_t i = 0; (t = http_client_transfer(c->http, i)); i++)
        free(t->owner);
    http_client_free(c->http);
    for (struct sending *s = c->spare, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(c);
}

void exchange_release(struct exchange *x) {
    http_request_release(&x->request);
    http_response_release(&x->response);
    free(x->failure);
    x->failure = NULL;
}
