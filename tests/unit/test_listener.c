/* In: bytes on a socket. Out: checks of what a handler sees of them, and of the bytes that come
 * back for each way to answer. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "core/clock.h"
#include "core/mem.h"
#include "proxy/listener.h"

static struct {
    struct listener *listener;
    unsigned style;
    enum { ANSWER, ANSWER_LATER, DROP, DEFER } how;
    char method[16], target[200], authority[100], host[100], body[200];
    atomic_int handled;
    _Atomic(struct arrival *) deferred;
} server;

static void copy(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text ? text : "(none)");
}

static void respond(struct arrival *a) {
    struct http_response r = {.status = 200};

    http_headers_add(&r.headers, "X-Answer", "yes");
    http_response_body(&r, "0123456789", 10);
    if (server.how == ANSWER_LATER)
        listener_answer_after(a, &r, server.style, 20);
    else
        listener_answer(a, &r, server.style);
}

static void handle(void *context, struct arrival *a) {
    (void)context;
    server.handled++;
    copy(server.method, sizeof(server.method), a->request->method);
    copy(server.target, sizeof(server.target), a->request->target);
    copy(server.authority, sizeof(server.authority), a->authority);
    copy(server.host, sizeof(server.host),
         http_headers_get(&a->request->headers, "Host"));
    snprintf(server.body, sizeof(server.body), "%.*s", (int)a->request->body_len,
             a->request->body ? a->request->body : "");
    if (server.how == DROP)
        listener_drop(a);
    else if (server.how == DEFER)
        listener_defer(a), server.deferred = a;
    else
        respond(a);
}

static void begin(void) {
    struct listener_options o = {
        .address = "127.0.0.1:0", .threads = 1, .max_body = 100, .handle = handle};
    struct err err = {0};

    memset(&server, 0, sizeof(server));
    server.listener = listener_start(&o, &err);
    if (!CHECK(server.listener != NULL))
        fprintf(stderr, "  %s\n", err.text);
}

static int connection(void) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strrchr(listener_url(server.listener), ':') + 1;
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_port = htons((uint16_t)strtol(port, NULL, 10));
    CHECK(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void say(int fd, const char *bytes) {
    CHECK(write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
}

/* All that comes until the connection is closed. */
static const char *rest(int fd) {
    static char text[4096];
    size_t len = 0;
    ssize_t n;

    while (len < sizeof(text) - 1 &&
           (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    close(fd);
    return text;
}

/* The answer to one request on a connection of its own. */
static const char *answer_to(const char *bytes) {
    int fd = connection();

    say(fd, bytes);
    return rest(fd);
}

static void end(void) {
    listener_stop(server.listener, 1000);
}

#define CLOSE "Host: h\r\nConnection: close\r\n\r\n"

static void a_request_comes_whole(void) {
    begin();
    answer_to("POST /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
              "Content-Length: 5\r\n\r\nhello");
    CHECK_STR("method", server.method, "POST");
    CHECK_STR("target", server.target, "/a?b=c");
    CHECK_STR("body", server.body, "hello");
    CHECK_STR("authority", server.authority, "(none)");
    end();
}

static void an_absolute_target_becomes_path_and_host(void) {
    begin();
    answer_to("GET http://api.example.test:80/a?b HTTP/1.1\r\n" CLOSE);
    CHECK_STR("target", server.target, "/a?b");
    CHECK_STR("authority", server.authority, "api.example.test:80");
    CHECK_STR("host", server.host, "api.example.test:80");
    end();
}

static void a_target_that_is_none_is_400_and_not_handled(void) {
    begin();
    CHECK(strstr(answer_to("GET ftp:x HTTP/1.1\r\n" CLOSE), " 400 ") != NULL);
    CHECK_INT("handled", server.handled, 0);
    end();
}

static void a_body_over_the_limit_is_413_and_not_handled(void) {
    char request[400];

    begin();
    snprintf(request, sizeof(request),
             "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n%0101d", 0);
    CHECK(strstr(answer_to(request), " 413 ") != NULL);
    CHECK_INT("handled", server.handled, 0);
    end();
}

static void each_style_is_seen_on_the_wire(void) {
    static const struct {
        const char *name, *there, *absent;
        unsigned style;
    } cases[] = {
        {"plain", "Content-Length: 10\r\n", "chunked", 0},
        {"chunked", "Transfer-Encoding: chunked", "Content-Length", ANSWER_CHUNKED},
        {"closed", "Connection: close", "chunked", ANSWER_CLOSE},
        {"no body", "X-Answer: yes", "0123", ANSWER_CUT_BODY},
        {"half a body", "\r\n\r\n01234", "56", ANSWER_CUT_HALF},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got;

        begin();
        server.style = cases[i].style;
        got = answer_to("GET / HTTP/1.1\r\n" CLOSE);
        if (!CHECK(strstr(got, cases[i].there) && !strstr(got, cases[i].absent)))
            fprintf(stderr, "  %s: wanted %s, not %s; got:\n%s\n", cases[i].name,
                    cases[i].there, cases[i].absent, got);
        end();
    }
}

static void head_gets_no_body(void) {
    const char *got;

    begin();
    got = answer_to("HEAD / HTTP/1.1\r\n" CLOSE);
    CHECK(strstr(got, "Content-Length: 10") && !strstr(got, "0123"));
    end();
}

static void a_dropped_request_gets_no_byte(void) {
    begin();
    server.how = DROP;
    CHECK_STR("answer", answer_to("GET / HTTP/1.1\r\n" CLOSE), "");
    CHECK_INT("handled", server.handled, 1);
    end();
}

static void an_answer_may_come_later(void) {
    begin();
    server.how = ANSWER_LATER;
    CHECK(strstr(answer_to("GET / HTTP/1.1\r\n" CLOSE), "0123456789") != NULL);
    end();
}

static void *answer_it(void *context) {
    respond(context);
    return NULL;
}

static void an_answer_may_come_from_another_thread(void) {
    pthread_t thread;
    int fd;

    begin();
    server.how = DEFER;
    fd = connection();
    say(fd, "GET / HTTP/1.1\r\n" CLOSE);
    for (int i = 0; i < 5000 && !server.deferred; i++)
        usleep(1000);
    CHECK_INT("under way", (int64_t)listener_under_way(server.listener), 1);
    CHECK(pthread_create(&thread, NULL, answer_it, server.deferred) == 0);
    CHECK(strstr(rest(fd), "0123456789") != NULL);
    pthread_join(thread, NULL);
    end();
}

/* The client goes on asking; each answer rests for 20 ms. */
static void stopping_does_not_wait_for_a_client_that_never_stops(void) {
    int fd;
    int64_t began;

    begin();
    server.how = ANSWER_LATER;
    fd = connection();
    for (int i = 0; i < 200; i++)
        say(fd, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for (int i = 0; i < 5000 && !server.handled; i++)
        usleep(1000);
    began = clock_steady_ms();
    listener_stop(server.listener, 1000);
    CHECK(clock_steady_ms() - began < 5000);
    CHECK(strlen(rest(fd)) > 0);
}

int main(void) {
    a_request_comes_whole();
    an_absolute_target_becomes_path_and_host();
    a_target_that_is_none_is_400_and_not_handled();
    a_body_over_the_limit_is_413_and_not_handled();
    each_style_is_seen_on_the_wire();
    head_gets_no_body();
    a_dropped_request_gets_no_byte();
    an_answer_may_come_later();
    an_answer_may_come_from_another_thread();
    stopping_does_not_wait_for_a_client_that_never_stops();
    return check_result();
}
