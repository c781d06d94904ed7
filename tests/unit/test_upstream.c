/* In: a server that answers in its way. Out: checks of the outcome that a call to it has, and of
 * what comes of request and answer. */
#include "check.h"
#include "core/clock.h"
#include "proxy/listener.h"
#include "proxy/upstream.h"

static struct {
    struct listener *listener;
    struct upstream *upstream;
    int status;
    size_t body_bytes;
    unsigned style;
    bool drop, defer;
    char url[64];
    char seen[400]; /* the names of the request's headers, in order */
    _Atomic(struct arrival *) deferred;
} server;

static void handle(void *context, struct arrival *a) {
    struct http_response r = {.status = server.status};
    char body[2000];

    (void)context;
    *server.seen = '\0';
    for (size_t i = 0; i < a->request->headers.count; i++)
        snprintf(server.seen + strlen(server.seen),
                 sizeof(server.seen) - strlen(server.seen), "%s ",
                 a->request->headers.items[i].name);
    if (server.drop) {
        listener_drop(a);
        return;
    }
    if (server.defer) {
        listener_defer(a), server.deferred = a;
        return;
    }
    memset(body, 'x', sizeof(body));
    http_headers_add(&r.headers, "Location", "http://127.0.0.1:1/elsewhere");
    http_headers_add(&r.headers, "X-Two", "2");
    http_response_body(&r, body, server.body_bytes);
    listener_answer(a, &r, server.style);
}

static void begin(int64_t timeout_ms, size_t max_body) {
    struct listener_options l = {
        .address = "127.0.0.1:0", .threads = 1, .handle = handle};
    struct upstream_options u = {.max_body = max_body};
    struct err err = {0};

    memset(&server, 0, sizeof(server));
    server.status = 200;
    server.body_bytes = 10;
    server.listener = listener_start(&l, &err);
    CHECK(server.listener != NULL);
    snprintf(server.url, sizeof(server.url), "%s", listener_url(server.listener));
    u.connection = (struct connection){
        .url = server.url, .timeout_ms = timeout_ms, .connections = 4};
    server.upstream = upstream_new(&u, &err);
    if (!CHECK(server.upstream != NULL))
        fprintf(stderr, "  %s\n", err.text);
}

static void end(void) {
    upstream_free(server.upstream);
    if (server.deferred)
        listener_drop(server.deferred);
    listener_stop(server.listener, 1000);
}

/* Until the call is done, for 20 seconds at most. */
static void finish(struct upstream_call *call) {
    int64_t until = clock_steady_ms() + 20000;
    struct upstream_call *ended = NULL;

    while (!ended && clock_steady_ms() < until) {
        upstream_wait(server.upstream, -1, 100);
        ended = upstream_turn(server.upstream);
    }
    CHECK(ended == call);
    CHECK_INT("in flight", (int64_t)upstream_in_flight(server.upstream), 0);
}

static void send_get(struct upstream_call *call, struct http_request *q) {
    http_request_set(q, "GET", "/v1/x?a=%2F");
    http_headers_add(&q->headers, "X-First", "1");
    http_headers_add(&q->headers, "Connection", "x-private");
    http_headers_add(&q->headers, "X-Private", "of one hop");
    http_headers_add(&q->headers, "X-Last", "2");
    call->request = q;
    upstream_send(server.upstream, call);
}

static void check_outcome(const char *name, enum exchange_outcome want) {
    struct upstream_call call = {0};
    struct http_request q = {0};

    send_get(&call, &q);
    finish(&call);
    CHECK_STR(name, outcome_name(call.outcome), outcome_name(want));
    CHECK((call.failure == NULL) == (want == OUTCOME_ANSWERED));
    upstream_call_release(&call);
    http_request_release(&q);
}

static void an_answer_comes_as_it_was_sent(void) {
    struct upstream_call call = {0};
    struct http_request q = {0};

    begin(10000, 1000);
    server.status = 302;
    send_get(&call, &q);
    finish(&call);
    CHECK_STR("outcome", outcome_name(call.outcome), "answered");
    CHECK_INT("status: no redirect is followed", call.response.status, 302);
    CHECK_INT("bytes", (int64_t)call.response.body_len, 10);
    CHECK(!call.chunked);
    CHECK_STR("a header", http_headers_get(&call.response.headers, "X-Two"), "2");
    upstream_call_release(&call);
    http_request_release(&q);
    end();
}

static void what_is_of_one_hop_is_not_sent_on(void) {
    begin(10000, 1000);
    check_outcome("outcome", OUTCOME_ANSWERED);
    CHECK(strstr(server.seen, "X-First") && strstr(server.seen, "X-Last"));
    CHECK(strstr(server.seen, "X-First") < strstr(server.seen, "X-Last"));
    CHECK(strstr(server.seen, "X-Private") == NULL);
    end();
}

static void without_a_length_it_is_chunked(void) {
    struct upstream_call call = {0};
    struct http_request q = {0};

    begin(10000, 1000);
    server.style = ANSWER_CHUNKED;
    send_get(&call, &q);
    finish(&call);
    CHECK(call.chunked);
    upstream_call_release(&call);
    http_request_release(&q);
    end();
}

static void each_failure_has_an_outcome(void) {
    begin(10000, 1000);
    server.drop = true;
    check_outcome("no byte", OUTCOME_RESET);
    server.drop = false;
    server.style = ANSWER_CUT_HALF;
    check_outcome("half a body", OUTCOME_PARTIAL);
    server.style = 0;
    server.body_bytes = 1001;
    check_outcome("over the limit", OUTCOME_TOO_LARGE);
    server.body_bytes = 1000;
    check_outcome("up to the limit", OUTCOME_ANSWERED);
    end();
}

static void one_that_never_answers_is_timeout(void) {
    begin(50, 1000);
    server.defer = true;
    check_outcome("silence", OUTCOME_TIMEOUT);
    end();
}

static void nobody_there_is_refused(void) {
    begin(10000, 1000);
    listener_stop(server.listener, 0);
    check_outcome("refused", OUTCOME_REFUSED);
    upstream_free(server.upstream);
}

static void abort_ends_what_is_in_flight(void) {
    struct upstream_call call = {0}, *ended;
    struct http_request q = {0};

    begin(10000, 1000);
    server.defer = true;
    send_get(&call, &q);
    for (int i = 0; i < 1000 && !server.deferred; i++) {
        upstream_wait(server.upstream, -1, 10);
        CHECK(upstream_turn(server.upstream) == NULL);
    }
    CHECK_INT("in flight", (int64_t)upstream_in_flight(server.upstream), 1);
    ended = upstream_abort(server.upstream, "stopping");
    CHECK(ended == &call);
    CHECK_STR("outcome", outcome_name(call.outcome), "reset");
    upstream_call_release(&call);
    http_request_release(&q);
    end();
}

int main(void) {
    an_answer_comes_as_it_was_sent();
    what_is_of_one_hop_is_not_sent_on();
    without_a_length_it_is_chunked();
    each_failure_has_an_outcome();
    one_that_never_answers_is_timeout();
    nobody_there_is_refused();
    abort_ends_what_is_in_flight();
    return check_result();
}
