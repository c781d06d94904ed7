/* Requests come in. Answers go out, in whatever order they come; a 429 is waited for.
 * */
#include "harness/run/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/gateway.h"
#include "core/clock.h"
#include "core/mem.h"
#include "harness/run/failure.h"
#include "harness/run/retry.h"
#include "harness/run/run_options.h"

enum {
    MAX_BODY = 1 << 20,
    MAX_HEADER_BYTES = 256 * 1024,
    MAX_HEADERS = 1000,
    MAX_BACK_OFF_MS = 2000, /* the longest of these waits */
    STALL_MS = 1500,        /* no byte of an answer for so long */
    LAST_LOOK_UP_MS = 10,
    LOOK_UP_MS = 100,          /* so often it is seen whether we are asked to stop */
    LAST_ANSWER_MS = 100,      /* what an answer may take once we are, at least .. */
    LAST_ANSWER_MOST_MS = 2000 /* .. and at most: four times the slowest so far */
};

struct transfer {
    CURL *easy;
    struct client *client;
    struct exchange *exchange;
    struct curl_slist *headers;
    struct buf body;
    size_t header_bytes;
    int64_t sent_us;               /* when the exchange was given to us */
    int64_t started_us, waited_ms; /* of this attempt; for all the 429 before */
    int port;                      /* our end of its connection; 0 = none yet */
    bool too_many_headers, fresh, held, changes;
    char error[CURL_ERROR_SIZE];
    struct transfer *next; /* of the spare or the held ones */
};

struct client {
    struct client_options options;
    const char *base_path; /* of the base URL, often empty */
    CURLM *multi;
    struct transfer *spare, *held; /* held: until the gate opens, in order */
    struct transfer **all;
    size_t all_count, in_flight, sent, limited;
    int64_t gate_us, back_off_ms; /* nothing is sent before the gate */
    int *sockets;
    size_t socket_count;
    bool shy;           /* the target cannot serve all our connections: none is kept */
    int64_t longest_us; /* that an answer took */
    int64_t stopped_us; /* when we were asked to stop; 0 = not yet */
    bool hurried;       /* nothing is waited for any more */
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *t = context;

    return buf_add(&t->body, bytes, size * count) ? size * count : 0;
}

static void take_status(struct http_response *r, const char *line, size_t len) {
    const char *space = memchr(line, ' ', len), *reason;

    http_headers_release(&r->headers);
    free(r->reason);
    r->reason = NULL;
    r->status = space ? (int)strtol(space, NULL, 10) : 0;
    reason = space ? memchr(space + 1, ' ', len - (size_t)(space + 1 - line)) : NULL;
    if (reason)
        r->reason = mem_strndup(reason + 1, len - (size_t)(reason + 1 - line));
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *t = context;
    struct http_response *r = &t->exchange->response;
    size_t len = size * count, n = len;
    const char *colon;

    t->header_bytes += len;
    while (n && (bytes[n - 1] == '\r' || bytes[n - 1] == '\n'))
        n--;
    if (n == 0)
        return len;
    if (n > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        take_status(r, bytes, n);
        return len;
    }
    colon = memchr(bytes, ':', n);
    if (t->header_bytes > MAX_HEADER_BYTES || r->headers.count >= MAX_HEADERS) {
        t->too_many_headers = true;
        return 0;
    }
    if (colon) {
        char *name = mem_strndup(bytes, (size_t)(colon - bytes)), *value;

        for (colon++; colon < bytes + n && (*colon == ' ' || *colon == '\t');)
            colon++;
        value = mem_strndup(colon, (size_t)(bytes + n - colon));
        http_headers_add(&r->headers, name, value);
        free(name);
        free(value);
    }
    return len;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    struct client *c = context;
    int fd =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    c->sockets = mem_grow(c->sockets, c->socket_count + 1, sizeof(*c->sockets));
    c->sockets[c->socket_count++] = fd;
    return fd;
}

static int close_socket(void *context, curl_socket_t fd) {
    struct client *c = context;

    for (size_t i = 0; i < c->socket_count; i++)
        if (c->sockets[i] == fd)
            c->sockets[i] = c->sockets[--c->socket_count];
    return close(fd);
}

/* Before each request, on new and on kept connections. */
static int on_connection(void *context, char *ip, char *local_ip, int port,
                         int local_port) {
    struct transfer *t = context;

    (void)ip, (void)local_ip, (void)port;
    t->port = local_port;
    return CURL_PREREQFUNC_OK;
}

static int port_of(int fd) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(fd, &address.any, &len) != 0)
        return -1;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                   : address.v4.sin_port);
}

/* What the base URL has behind its host and port. */
static const char *path_of(const char *base_url) {
    const char *host = strstr(base_url, "://");

    host = host ? host + 3 : base_url;
    return host + strcspn(host, "/?#");
}

static CURL *make_easy(struct client *c, struct transfer *t) {
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, c->options.base_url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->options.timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->options.timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "assay");
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connection);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c);
    if (c->options.cacert)
        curl_easy_setopt(easy, CURLOPT_CAINFO, c->options.cacert);
    return easy;
}

struct client *client_new(const struct client_options *options) {
    static bool ready;
    struct client *c = mem_new(1, sizeof(*c));

    if (!ready)
        ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    c->options = *options;
    c->base_path = path_of(options->base_url);
    c->back_off_ms = RETRY_LEAST_MS;
    c->multi = curl_multi_init();
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)options->connections);
    return c;
}

static struct transfer *take_transfer(struct client *c) {
    struct transfer *t = c->spare;

    if (t) {
        c->spare = t->next;
        t->next = NULL;
        return t;
    }
    t = mem_new(1, sizeof(*t));
    buf_init(&t->body, MAX_BODY);
    t->client = c;
    t->easy = make_easy(c, t);
    c->all = mem_grow(c->all, c->all_count + 1, sizeof(*c->all));
    return c->all[c->all_count++] = t;
}

/* Those that were given and no others: what libcurl would add to a body is taken out.
 */
static void set_headers(struct transfer *t, const struct http_request *r, bool body) {
    static const char *const own[] = {"User-Agent", "Accept", "Accept-Encoding"};
    bool has_type = !body;

    for (size_t i = 0; t->exchange->bare && i < ARRAY_LEN(own); i++)
        if (!http_headers_get(&r->headers, own[i])) {
            char *none = mem_printf("%s:", own[i]);

            t->headers = curl_slist_append(t->headers, none);
            free(none);
        }

    if (body)
        t->headers = curl_slist_append(t->headers, "Expect:");
    for (size_t i = 0; i < r->headers.count; i++) {
        const struct http_header *h = &r->headers.items[i];
        char *line = *h->value ? mem_printf("%s: %s", h->name, h->value)
                               : mem_printf("%s;", h->name);

        has_type = has_type || strcasecmp(h->name, "Content-Type") == 0;
        t->headers = curl_slist_append(t->headers, line);
        free(line);
    }
    if (!has_type)
        t->headers = curl_slist_append(t->headers, "Content-Type:");
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* The first attempt, or another one: onto the wire as soon as the gate is open. */
static void begin(struct client *c, struct transfer *t) {
    struct transfer **end = &c->held;

    t->header_bytes = 0;
    t->port = 0;
    t->too_many_headers = false;
    t->error[0] = '\0';
    buf_cut(&t->body, 0);
    t->body.failed = false;
    if (c->gate_us > clock_steady_us()) {
        for (; *end; end = &(*end)->next)
            ;
        t->held = true;
        t->next = NULL;
        *end = t;
        return;
    }
    t->started_us = clock_steady_us();
    /* what a broken connection or a gateway took may have been carried out */
    if (!t->fresh && !t->exchange->doubtful) {
        t->exchange->begin_ms = clock_even_ms();
        t->exchange->begin_us = t->started_us;
    }
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT,
                     (long)(t->fresh || t->exchange->fresh));
    curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, (long)c->shy);
    curl_multi_add_handle(c->multi, t->easy);
}

static void open_gate(struct client *c) {
    struct transfer *t = c->held;

    if (!t || c->gate_us > clock_steady_us())
        return;
    c->held = NULL;
    while (t) {
        struct transfer *next = t->next;

        t->held = false;
        t->next = NULL;
        begin(c, t);
        t = next;
    }
}

void client_send(struct client *c, struct exchange *x) {
    struct transfer *t = take_transfer(c);
    char *target = mem_printf("%s%s", c->base_path, x->request.target);
    bool post = strcmp(x->request.method, "POST") == 0;
    bool body = post || x->request.body_len > 0;

    t->exchange = x;
    t->fresh = false;
    t->sent_us = clock_steady_us();
    t->changes = post;
    t->waited_ms = 0;
    curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, target); /* sent as it is */
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(t->easy, CURLOPT_NOBODY, 0L);
    curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    if (body) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)x->request.body_len);
        curl_easy_setopt(t->easy, CURLOPT_COPYPOSTFIELDS,
                         x->request.body ? x->request.body : "");
    }
    if (strcmp(x->request.method, "HEAD") == 0)
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    else if (!post && (body || strcmp(x->request.method, "GET") != 0))
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, x->request.method);
    set_headers(t, &x->request, body);
    begin(c, t);
    c->in_flight++;
    c->sent++;
    free(target);
}

static char *failure_of(struct transfer *t, CURLcode code) {
    curl_off_t length = -1;
    char *words;

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (t->too_many_headers)
        return mem_printf("more than %d headers or %d bytes of headers", MAX_HEADERS,
                          MAX_HEADER_BYTES);
    if (t->body.failed)
        return mem_printf("the body is longer than %d bytes", MAX_BODY);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return mem_printf(CLIENT_NO_ANSWER " %lld ms",
                          (long long)t->client->options.timeout_ms);
    words = failure_words(code, t->error, t->body.len, length);
    if (code == CURLE_PEER_FAILED_VERIFICATION && words) {
        char *plain = words;

        words = mem_printf("%s; --cacert FILE names what it is verified by", plain);
        free(plain);
    }
    return words;
}

/* A kept connection that the target closed just as we wrote to it: not its fault. */
static bool died_in_keeping(const struct transfer *t, CURLcode code) {
    long made = 1;

    if (t->fresh || t->header_bytes)
        return false;
    if (code != CURLE_SEND_ERROR && code != CURLE_RECV_ERROR &&
        code != CURLE_GOT_NOTHING)
        return false;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made);
    return made == 0;
}

static bool again(struct transfer *t, CURLcode code) {
    struct client *c = t->client;
    struct exchange *x = t->exchange;
    int64_t wait_ms;

    x->gateway = code == CURLE_OK &&
                 gateway_answered(x->response.status, t->body.ptr, t->body.len);
    x->doubtful = x->doubtful || (x->gateway && t->changes);
    wait_ms = code == CURLE_OK && !c->hurried
                  ? retry_wait_ms(&x->response, x->gateway,
                                  t->body.len && strstr(t->body.ptr, "rate_limit"),
                                  c->back_off_ms, t->waited_ms)
                  : -1;
    if (wait_ms >= 0) {
        t->waited_ms += wait_ms;
        c->limited += x->response.status == 429;
        if (c->gate_us <= clock_steady_us()) {
            c->gate_us = clock_steady_us() + wait_ms * 1000;
            c->back_off_ms = c->back_off_ms * 2 < MAX_BACK_OFF_MS ? c->back_off_ms * 2
                                                                  : MAX_BACK_OFF_MS;
        }
    } else if (died_in_keeping(t, code)) {
        t->fresh = true;
    } else {
        if (code == CURLE_OK && x->response.status != 429 && !x->gateway)
            c->back_off_ms = RETRY_LEAST_MS;
        return false;
    }
    curl_multi_remove_handle(c->multi, t->easy);
    http_response_release(&x->response);
    begin(c, t);
    return true;
}

static void close_exchange(struct transfer *t) {
    struct exchange *x = t->exchange;
    struct client *c = t->client;

    curl_multi_remove_handle(c->multi, t->easy);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    t->exchange = NULL;
    t->next = c->spare;
    c->spare = t;
    c->in_flight--;
    x->done = true;
    if (x->finished)
        x->finished(x, x->context);
}

static void finish(struct transfer *t, CURLcode code) {
    struct exchange *x = t->exchange;
    struct client *c = t->client;

    if (again(t, code))
        return;
    x->end_ms = clock_even_ms();
    x->end_us = clock_steady_us();
    if (code == CURLE_OK && x->end_us - t->started_us > c->longest_us)
        c->longest_us = x->end_us - t->started_us;
    x->ms = (double)(x->end_us - t->started_us) / 1000.0;
    if (x->gateway) {
        x->failure =
            mem_printf("a gateway answered %d in the target's place, and again "
                       "after %.0f s",
                       x->response.status, (double)t->waited_ms / 1000.0);
        http_response_release(&x->response);
    } else if (code != CURLE_OK) {
        x->failure = failure_of(t, code);
        x->timed_out = code == CURLE_OPERATION_TIMEDOUT;
        x->unreachable = code == CURLE_URL_MALFORMAT || code == CURLE_COULDNT_CONNECT ||
                         code == CURLE_COULDNT_RESOLVE_HOST ||
                         code == CURLE_SSL_CONNECT_ERROR ||
                         code == CURLE_PEER_FAILED_VERIFICATION;
        http_response_release(&x->response);
    } else {
        http_response_body(&x->response, t->body.ptr, t->body.len);
    }
    close_exchange(t);
}

/* --- when we are asked to stop --- */

static int64_t last_answer_us(const struct client *c) {
    int64_t us = c->longest_us * 4, least = LAST_ANSWER_MS * 1000,
            most = LAST_ANSWER_MOST_MS * 1000;

    return us < least ? least : us > most ? most : us;
}

static void unhold(struct client *c, const struct transfer *t) {
    struct transfer **at = &c->held;

    while (*at && *at != t)
        at = &(*at)->next;
    if (*at)
        *at = t->next;
}

static void give_up(struct transfer *t) {
    struct exchange *x = t->exchange;
    struct client *c = t->client;

    if (t->held)
        unhold(c, t);
    t->held = false;
    curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L); /* wait for no name server */
    http_response_release(&x->response);
    x->failure = mem_strdup("given up: the run was interrupted");
    x->given_up = true;
    close_exchange(t);
}

/* What has no answer soon after that, or soon after it was sent, is given up: a set that is
 * under way must not come to the target after the delete that removes it. True if there
 * was any. */
static bool stop_some(struct client *c) {
    int64_t now = clock_steady_us();
    bool any = false;

    if (!run_stop_heard(c->options.stop))
        return false;
    if (!c->stopped_us)
        c->stopped_us = now;
    for (size_t i = 0; i < c->all_count; i++) {
        struct transfer *t = c->all[i];
        int64_t from = t->sent_us > c->stopped_us ? t->sent_us : c->stopped_us;

        if (!t->exchange || (!t->held && now - from < last_answer_us(c)))
            continue;
        give_up(t);
        any = true;
    }
    return any;
}

static size_t drain(struct client *c) {
    CURLMsg *message;
    size_t n = 0;
    int left;

    while ((message = curl_multi_info_read(c->multi, &left))) {
        struct transfer *t = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(t, code);
        n++;
    }
    return n;
}

/* A target may serve fewer connections than we opened, and read nothing from one while
 * others stand idle: give the idle ones back, and keep none from then on. */
static void unstall(struct client *c) {
    int64_t long_ago = clock_steady_us() - STALL_MS * 1000LL;
    bool stalled = c->shy, known = true;

    for (size_t i = 0; i < c->all_count; i++) {
        const struct transfer *t = c->all[i];

        if (!t->exchange || t->held)
            continue;
        stalled = stalled || (t->header_bytes == 0 && t->started_us < long_ago);
        known = known && t->port;
    }
    for (size_t i = 0; stalled && known && i < c->socket_count; i++) {
        int port = port_of(c->sockets[i]);
        bool idle = port > 0;

        for (size_t j = 0; idle && j < c->all_count; j++)
            idle = !c->all[j]->exchange || c->all[j]->port != port;
        if (idle && shutdown(c->sockets[i], SHUT_RDWR) == 0)
            c->shy = true;
    }
}

void client_turn(struct client *c, int64_t wait_ms) {
    int running;

    if (c->options.stop && wait_ms > LOOK_UP_MS)
        wait_ms = LOOK_UP_MS;
    if (c->stopped_us && wait_ms > LAST_LOOK_UP_MS)
        wait_ms = LAST_LOOK_UP_MS;
    open_gate(c);
    /* a transfer may end within perform: look before sleeping */
    curl_multi_perform(c->multi, &running);
    if (drain(c) || stop_some(c) || wait_ms <= 0)
        return;
    if (c->held) {
        int64_t left = (c->gate_us - clock_steady_us()) / 1000 + 1;

        wait_ms = left < wait_ms ? left : wait_ms;
    }
    curl_multi_poll(c->multi, NULL, 0, (int)(wait_ms > 60000 ? 60000 : wait_ms), NULL);
    open_gate(c);
    curl_multi_perform(c->multi, &running);
    if (drain(c) == 0 && !stop_some(c))
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
    c->gate_us = 0;
}

void client_free(struct client *c) {
    if (!c)
        return;
    for (size_t i = 0; i < c->all_count; i++) {
        struct transfer *t = c->all[i];

        if (t->exchange)
            curl_multi_remove_handle(c->multi, t->easy);
        curl_slist_free_all(t->headers);
        curl_easy_cleanup(t->easy);
        buf_release(&t->body);
        free(t);
    }
    curl_multi_cleanup(c->multi);
    free(c->sockets);
    free(c->all);
    free(c);
}

void exchange_release(struct exchange *x) {
    http_request_release(&x->request);
    http_response_release(&x->response);
    free(x->failure);
    x->failure = NULL;
}
