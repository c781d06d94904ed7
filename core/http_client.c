/* In: requests, in the order that they are sent. Out: transfers, as they end. */
#include "core/http_client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/http_wire.h"
#include "core/mem.h"
#include "core/str.h"

struct http_client {
    struct http_client_options options;
    CURLM *multi;
    struct http_wire **all, *spare, *held, **held_end; /* held: in order */
    size_t count;
    int64_t gate_us, next_us; /* nothing is sent before either */
    enum http_version version;
    bool secure, keeps_none;
    struct http_sockets sockets;
};

struct http_client *http_client_new(const struct http_client_options *options,
                                    struct err *err) {
    struct http_client *c = mem_new(1, sizeof(*c));

    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_malloc, free, mem_realloc,
                             mem_strdup, mem_calloc) != CURLE_OK ||
        !(c->multi = curl_multi_init())) {
        err_at(err, ERR_OS, 0, 0, "cannot start libcurl");
        free(c);
        return NULL;
    }
    c->options = *options;
    c->secure = str_starts(options->connection.url, "https:");
    c->held_end = &c->held;
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS,
                      (long)options->connection.connections);
    return c;
}

struct http_transfer *http_client_take(struct http_client *c,
                                       const struct http_request *request,
                                       void *owner) {
    struct http_wire *s = c->spare;

    if (s) {
        c->spare = s->next;
        s->next = NULL;
    } else {
        s = http_wire_new(&c->options, &c->sockets);
        c->all = mem_grow(c->all, c->count + 1, sizeof(*c->all));
        c->all[c->count++] = s;
    }
    s->shown.request = request;
    s->shown.owner = owner;
    http_wire_prepare(s);
    return &s->shown;
}

void http_client_header(struct http_transfer *t, const char *name, const char *value) {
    http_wire_add_header(t->wire, name, value);
}

void http_client_leave_out(struct http_transfer *t, const char *name) {
    if (!http_headers_get(&t->request->headers, name))
        http_wire_leave_out(t->wire, name);
}

/* --- sending --- */

static int64_t opens_us(const struct http_client *c) {
    return c->gate_us > c->next_us ? c->gate_us : c->next_us;
}

static void hold(struct http_client *c, struct http_wire *s) {
    s->shown.held = true;
    s->next = NULL;
    *c->held_end = s;
    c->held_end = &s->next;
}

static void unhold(struct http_client *c, struct http_wire *s) {
    struct http_wire **at = &c->held;

    while (*at && *at != s)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = s->next;
    if (!*at)
        c->held_end = at;
    s->shown.held = false;
    s->next = NULL;
}

static void put_on_wire(struct http_client *c, struct http_wire *s) {
    /* libcurl 7.88 cannot use a connection twice that is HTTP/2 without TLS */
    bool alone = s->version == HTTP_VERSION_2 && !c->secure;
    int64_t now = clock_steady_us();

    s->shown.started_us = now;
    if (c->options.connection.rate_us)
        c->next_us =
            (c->next_us > now ? c->next_us : now) + c->options.connection.rate_us;
    curl_easy_setopt(s->easy, CURLOPT_FRESH_CONNECT,
                     (long)(s->shown.fresh || s->first.tried || alone));
    curl_easy_setopt(s->easy, CURLOPT_FORBID_REUSE, (long)(c->keeps_none || alone));
    curl_multi_add_handle(c->multi, s->easy);
    s->on_wire = true;
}

static void take_off_wire(struct http_client *c, struct http_wire *s) {
    if (s->on_wire)
        curl_multi_remove_handle(c->multi, s->easy);
    s->on_wire = false;
}

static void send_or_hold(struct http_client *c, struct http_wire *s) {
    enum http_version version = s->first.tried ? HTTP_VERSION_2 : c->version;

    http_wire_begin(s, version, c->secure);
    if (c->held || opens_us(c) > clock_steady_us())
        hold(c, s);
    else
        put_on_wire(c, s);
}

void http_client_send(struct http_client *c, struct http_transfer *t) {
    http_wire_end_headers(t->wire, &c->options);
    send_or_hold(c, t->wire);
}

void http_client_again(struct http_client *c, struct http_transfer *t) {
    take_off_wire(c, t->wire);
    send_or_hold(c, t->wire);
}

void http_client_give_back(struct http_client *c, struct http_transfer *t) {
    struct http_wire *s = t->wire;

    unhold(c, s);
    if (s->on_wire) /* wait for no name server */
        curl_easy_setopt(s->easy, CURLOPT_QUICK_EXIT, 1L);
    take_off_wire(c, s);
    http_wire_clear(s);
    s->next = c->spare;
    c->spare = s;
}

static void send_held(struct http_client *c) {
    while (c->held && opens_us(c) <= clock_steady_us()) {
        struct http_wire *s = c->held;

        unhold(c, s);
        put_on_wire(c, s);
    }
}

void http_client_close_gate(struct http_client *c, int64_t until_us) {
    c->gate_us = until_us;
}

int64_t http_client_gate_us(const struct http_client *c) {
    return c->gate_us;
}

/* --- ends --- */

/* A server that speaks HTTP/2 alone does not understand our first request: then once more
 * in that. When it was no such server, the first end counts. True: there is another try. */
static bool tries_2(struct http_client *c, struct http_wire *s, CURLcode *code) {
    if (!s->first.tried) {
        if (c->version == HTTP_VERSION_UNKNOWN && *code == CURLE_OK &&
            !http_wire_wants_2(s, *code, c->secure))
            c->version = HTTP_VERSION_1;
        if (c->version != HTTP_VERSION_UNKNOWN ||
            !http_wire_wants_2(s, *code, c->secure))
            return false;
        http_wire_put_aside(s, *code);
        http_client_again(c, &s->shown);
        return true;
    }
    if (*code == CURLE_OK && http_wire_used_2(s))
        c->version = HTTP_VERSION_2;
    else if (c->version != HTTP_VERSION_2)
        *code = http_wire_take_back(s);
    return false;
}

static size_t drain(struct http_client *c) {
    CURLMsg *message;
    size_t n = 0;
    int left;

    while ((message = curl_multi_info_read(c->multi, &left))) {
        struct http_wire *s = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s);
        n++;
        if (tries_2(c, s, &code))
            continue;
        http_wire_end(s, code);
        take_off_wire(c, s);
        c->options.finished(c->options.context, &s->shown);
    }
    return n;
}

size_t http_client_turn(struct http_client *c) {
    int running;

    send_held(c);
    curl_multi_perform(c->multi, &running);
    return drain(c);
}

void http_client_wait(struct http_client *c, int fd, int64_t wait_ms) {
    struct curl_waitfd other = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int64_t left = c->held ? (opens_us(c) - clock_steady_us()) / 1000 + 1 : wait_ms;

    wait_ms = left < wait_ms ? left : wait_ms;
    curl_multi_poll(c->multi, &other, fd >= 0, wait_ms < 0 ? 0 : (int)wait_ms, NULL);
}

void http_client_wake(struct http_client *c) {
    curl_multi_wakeup(c->multi);
}

/* --- connections --- */

struct http_transfer *http_client_transfer(const struct http_client *c, size_t n) {
    return n < c->count ? &c->all[n]->shown : NULL;
}

static bool is_idle(const struct http_client *c, int fd) {
    int port = http_socket_port(fd);
    bool idle = port > 0;

    for (size_t i = 0; idle && i < c->count; i++)
        idle = !c->all[i]->shown.owner || c->all[i]->shown.port != port;
    return idle;
}

bool http_client_close_idle(struct http_client *c) {
    bool any = false;

    for (size_t i = 0; i < c->sockets.count; i++)
        if (is_idle(c, c->sockets.items[i]) &&
            shutdown(c->sockets.items[i], SHUT_RDWR) == 0)
            any = true;
    return any;
}

void http_client_keep_none(struct http_client *c) {
    c->keeps_none = true;
}

void http_client_free(struct http_client *c) {
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++) {
        take_off_wire(c, c->all[i]);
        http_wire_free(c->all[i]);
    }
    curl_multi_cleanup(c->multi);
    free(c->sockets.items);
    free(c->all);
    free(c);
}
