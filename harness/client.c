#include "harness/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

enum { MAX_BODY = 1 << 20, MAX_HEADER_BYTES = 256 * 1024, MAX_HEADERS = 1000 };

struct transfer {
    CURL *easy;
    struct client *client;
    struct exchange *exchange;
    struct curl_slist *headers;
    struct buf body;
    size_t header_bytes;
    int64_t started_us;
    bool too_many_headers;
    char error[CURL_ERROR_SIZE];
    struct transfer *next; /* spare ones */
};

struct client {
    struct client_options options;
    CURLM *multi;
    struct transfer *spare;
    struct transfer **all;
    size_t all_count, in_flight, sent;
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

static CURL *make_easy(struct client *c, struct transfer *t) {
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
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

static void set_headers(struct transfer *t, const struct http_request *r) {
    bool has_type = false;

    t->headers = curl_slist_append(NULL, "Expect:");
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

void client_send(struct client *c, struct exchange *x) {
    struct transfer *t = take_transfer(c);
    char *url = mem_printf("%s%s", c->options.base_url, x->request.target);
    bool post = strcmp(x->request.method, "POST") == 0;
    bool body = post || x->request.body_len > 0;

    t->exchange = x;
    t->header_bytes = 0;
    t->too_many_headers = false;
    t->error[0] = '\0';
    buf_cut(&t->body, 0);
    t->body.failed = false;
    curl_easy_setopt(t->easy, CURLOPT_URL, url);
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
    set_headers(t, &x->request);
    x->begin_ms = clock_wall_ms();
    t->started_us = x->begin_us = clock_steady_us();
    curl_multi_add_handle(c->multi, t->easy);
    c->in_flight++;
    c->sent++;
    free(url);
}

static char *failure_of(struct transfer *t, CURLcode code) {
    struct client *c = t->client;
    curl_off_t length = -1;
    const char *why = t->error[0] ? t->error : curl_easy_strerror(code);

    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (t->too_many_headers)
        return mem_printf("more than %d headers or %d bytes of headers", MAX_HEADERS,
                          MAX_HEADER_BYTES);
    if (t->body.failed)
        return mem_printf("the body is longer than %d bytes", MAX_BODY);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return mem_strdup("the connection was refused");
    case CURLE_OPERATION_TIMEDOUT:
        return mem_printf("no whole answer within %lld ms",
                          (long long)c->options.timeout_ms);
    case CURLE_GOT_NOTHING:
        return mem_strdup("the connection was closed without an answer");
    case CURLE_PARTIAL_FILE:
        return mem_printf(
            "the connection was closed after %zu of %lld bytes of the body",
            t->body.len, (long long)length);
    case CURLE_BAD_CONTENT_ENCODING:
        return mem_strdup("the body is not what its Content-Encoding says");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return mem_strdup("the answer is not HTTP/1.1");
    case CURLE_RECV_ERROR:
        return mem_printf("the connection broke after %zu bytes of the body",
                          t->body.len);
    default:
        return mem_printf("%s", why);
    }
}

static void finish(struct transfer *t, CURLcode code) {
    struct exchange *x = t->exchange;
    struct client *c = t->client;

    x->end_ms = clock_wall_ms();
    x->end_us = clock_steady_us();
    x->ms = (double)(x->end_us - t->started_us) / 1000.0;
    if (code != CURLE_OK) {
        x->failure = failure_of(t, code);
        x->unreachable =
            code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
            code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION;
        http_response_release(&x->response);
    } else {
        http_response_body(&x->response, t->body.ptr, t->body.len);
    }
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

void client_turn(struct client *c, int64_t wait_ms) {
    int running;

    /* a transfer may end within perform: look before sleeping */
    curl_multi_perform(c->multi, &running);
    if (drain(c) || wait_ms <= 0)
        return;
    curl_multi_poll(c->multi, NULL, 0, (int)(wait_ms > 60000 ? 60000 : wait_ms), NULL);
    curl_multi_perform(c->multi, &running);
    drain(c);
}

size_t client_in_flight(const struct client *c) {
    return c->in_flight;
}

size_t client_sent(const struct client *c) {
    return c->sent;
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
    free(c->all);
    free(c);
}

void exchange_release(struct exchange *x) {
    http_request_release(&x->request);
    http_response_release(&x->response);
    free(x->failure);
    x->failure = NULL;
}
