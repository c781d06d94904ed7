/* A request that may be forwarded comes in. The answer of the upstream goes out, or why
 * there is none. */
#include "proxy/upstream.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum {
    MAX_HEADERS = 1000,
    MAX_HEADER_BYTES = 256 * 1024,
    MAX_IDLE_S = 4, /* many servers close a connection that was idle for 5 */
};

struct upstream_transfer {
    CURL *easy;
    struct upstream *upstream;
    struct upstream_call *call; /* NULL = spare */
    struct curl_slist *headers;
    struct buf body;
    size_t header_bytes;
    bool headers_over, too_many_headers;
    unsigned attempts;
    char reason[CURL_ERROR_SIZE]; /* of a failure, in libcurl's words */
    struct upstream_transfer *next;
};

struct upstream {
    struct upstream_options options;
    CURLM *multi;
    struct upstream_transfer **all, *spare;
    size_t count, in_flight;
    struct upstream_call *done, **done_tail;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct upstream_transfer *t = context;

    return buf_add(&t->body, bytes, size * count) ? size * count : 0;
}

static void take_status(struct upstream_transfer *t, const char *line, size_t len) {
    struct http_response *r = &t->call->response;
    const char *space = memchr(line, ' ', len), *reason;

    http_headers_release(&r->headers);
    free(r->reason);
    r->reason = NULL;
    t->headers_over = false;
    r->status = space ? (int)strtol(space, NULL, 10) : 0;
    reason = space ? memchr(space + 1, ' ', len - (size_t)(space + 1 - line)) : NULL;
    if (reason)
        r->reason = mem_strndup(reason + 1, len - (size_t)(reason + 1 - line));
}

/* A folded line goes on with the last value (RFC 9112 section 5.2). */
static void unfold(struct http_headers *h, const char *line, size_t len) {
    char **value = http_owned(&h->items[h->count - 1].value), *joined;

    while (len && (*line == ' ' || *line == '\t'))
        line++, len--;
    joined = mem_printf("%s %.*s", *value, (int)len, line);
    free(*value);
    *value = joined;
}

static void take_header(struct http_headers *h, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len), *value, *end = line + len;
    char *name, *text;

    if (h->count && (line[0] == ' ' || line[0] == '\t')) {
        unfold(h, line, len);
        return;
    }
    if (!colon)
        return;
    for (value = colon + 1; value < end && (*value == ' ' || *value == '\t');)
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    name = mem_strndup(line, (size_t)(colon - line));
    text = mem_strndup(value, (size_t)(end - value));
    http_headers_add(h, name, text);
    free(name);
    free(text);
}

/* Called for the lines of every response of a call, 1xx too, and for trailers. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct upstream_transfer *t = context;
    struct http_response *r = &t->call->response;
    struct http_headers *h = t->headers_over ? &t->call->trailers : &r->headers;
    size_t len = size * count, n = len;

    t->header_bytes += len;
    while (n && (bytes[n - 1] == '\r' || bytes[n - 1] == '\n'))
        n--;
    if (n > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        take_status(t, bytes, n);
    } else if (n == 0) {
        t->headers_over = r->status >= 200;
    } else if (t->header_bytes > MAX_HEADER_BYTES || h->count >= MAX_HEADERS) {
        t->too_many_headers = true;
        return 0;
    } else {
        take_header(h, bytes, n);
    }
    return len;
}

/* Before each sending. libcurl sends a request once more when a kept connection turns
 * out to be closed; whether it was carried out then, nobody knows, so that is for
 * methods which may be repeated (RFC 9110 section 9.2.2). */
static int on_send(void *context, char *to, char *from, int to_port, int from_port) {
    static const char *const repeatable[] = {"GET",   "HEAD", "OPTIONS",
                                             "TRACE", "PUT",  "DELETE"};
    struct upstream_transfer *t = context;

    (void)to, (void)from, (void)to_port, (void)from_port;
    if (t->attempts++ == 0)
        return CURL_PREREQFUNC_OK;
    for (size_t i = 0; i < ARRAY_LEN(repeatable); i++)
        if (strcmp(t->call->request->method, repeatable[i]) == 0)
            return CURL_PREREQFUNC_OK;
    return CURL_PREREQFUNC_ABORT;
}

static CURL *make_easy(struct upstream *u, struct upstream_transfer *t) {
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, u->options.url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)u->options.timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)u->options.timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)MAX_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->reason);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    if (u->options.cacert)
        curl_easy_setopt(easy, CURLOPT_CAINFO, u->options.cacert);
    if (u->options.insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return easy;
}

struct upstream *upstream_new(const struct upstream_options *options, struct err *err) {
    struct upstream *u = mem_new(1, sizeof(*u));

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        !(u->multi = curl_multi_init())) {
        err_at(err, ERR_OS, 0, 0, "cannot start libcurl");
        free(u);
        return NULL;
    }
    u->options = *options;
    u->done_tail = &u->done;
    curl_multi_setopt(u->multi, CURLMOPT_MAXCONNECTS, (long)options->connections);
    return u;
}

static struct upstream_transfer *take_transfer(struct upstream *u) {
    struct upstream_transfer *t = u->spare;

    if (t) {
        u->spare = t->next;
        return t;
    }
    t = mem_new(1, sizeof(*t));
    buf_init(&t->body, u->options.max_body);
    t->upstream = u;
    t->easy = make_easy(u, t);
    u->all = mem_grow(u->all, u->count + 1, sizeof(*u->all));
    return u->all[u->count++] = t;
}

static bool is_ours(const char *name) {
    static const char *const names[] = {"Host", "Content-Length", "Expect",
                                        "Accept-Encoding"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal_nocase(name, names[i]))
            return true;
    return false;
}

static void set_headers(struct upstream_transfer *t, const struct http_headers *h) {
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    bool has_type = false, has_accept = false;
    struct buf line = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < h->count; i++) {
        const char *name = h->items[i].name, *value = h->items[i].value;

        if (is_ours(name) || http_is_hop_by_hop(h, name))
            continue;
        has_type = has_type || str_equal_nocase(name, "Content-Type");
        has_accept = has_accept || str_equal_nocase(name, "Accept");
        buf_cut(&line, 0);
        buf_addf(&line, *value ? "%s: %s" : "%s;", name, value);
        list = curl_slist_append(list, line.ptr);
    }
    list = curl_slist_append(list, "Accept-Encoding: identity");
    if (!has_type)
        list = curl_slist_append(list, "Content-Type:");
    if (!has_accept)
        list = curl_slist_append(list, "Accept:");
    buf_release(&line);
    t->headers = list;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, list);
}

static void set_method(struct upstream_transfer *t, const struct http_request *r) {
    bool body = r->body || http_headers_get(&r->headers, "Content-Length") ||
                strcmp(r->method, "POST") == 0;

    curl_easy_setopt(t->easy, CURLOPT_NOBODY, 0L);
    if (body) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    } else {
        curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

/* The raw target behind the path of the upstream's URL. */
static void set_target(struct upstream_transfer *t, const struct http_request *r) {
    const char *url = t->upstream->options.url, *host = strstr(url, "://");
    const char *prefix = host ? strchr(host + 3, '/') : NULL;
    char *target = mem_printf("%s%s", prefix ? prefix : "", r->target);

    curl_easy_setopt(t->easy, CURLOPT_REQUEST_TARGET, target);
    free(target);
}

void upstream_send(struct upstream *u, struct upstream_call *call) {
    struct upstream_transfer *t = take_transfer(u);

    t->call = call;
    t->header_bytes = 0;
    t->attempts = 0;
    t->reason[0] = '\0';
    t->headers_over = t->too_many_headers = false;
    t->body.failed = false;
    buf_cut(&t->body, 0);
    set_method(t, call->request);
    set_target(t, call->request);
    set_headers(t, &call->request->headers);
    curl_multi_add_handle(u->multi, t->easy);
    u->in_flight++;
}

static const char *hint_for(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION
               ? "; --cacert FILE names the certificates that it is verified by"
               : "";
}

static void fail(struct upstream_transfer *t, CURLcode code) {
    struct upstream_call *c = t->call;
    const struct upstream_options *o = &t->upstream->options;

    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
        c->outcome = OUTCOME_REFUSED;
        c->failure = mem_printf("no connection to the upstream: %s%s",
                                t->reason[0] ? t->reason : curl_easy_strerror(code),
                                hint_for(code));
        break;
    case CURLE_OPERATION_TIMEDOUT:
        c->outcome = OUTCOME_TIMEOUT;
        c->failure = mem_printf("no whole answer from the upstream within %lld ms",
                                (long long)o->timeout_ms);
        break;
    case CURLE_WRITE_ERROR:
        c->outcome = OUTCOME_TOO_LARGE;
        c->failure =
            t->too_many_headers
                ? mem_printf("the upstream sent more than %d headers or %d bytes of "
                             "headers",
                             MAX_HEADERS, MAX_HEADER_BYTES)
                : mem_printf("the upstream's answer is over %zu bytes", o->max_body);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        c->outcome = OUTCOME_UNREADABLE;
        c->failure = mem_strdup("the upstream's answer is not HTTP/1.1");
        break;
    default:
        c->outcome = t->headers_over ? OUTCOME_PARTIAL : OUTCOME_RESET;
        c->failure = t->headers_over
                         ? mem_printf("the upstream broke off after %zu bytes of the "
                                      "body",
                                      t->body.len)
                         : mem_strdup("the upstream closed the connection without an "
                                      "answer");
    }
}

static bool has_length(const struct http_response *r, const struct http_request *q) {
    return http_headers_get(&r->headers, "Content-Length") ||
           strcmp(q->method, "HEAD") == 0 || r->status == 204 || r->status == 304;
}

/* Into the list of done calls, its transfer to the spare ones. */
static void finish(struct upstream_transfer *t, CURLcode code) {
    struct upstream *u = t->upstream;
    struct upstream_call *c = t->call;

    c->outcome = OUTCOME_ANSWERED;
    if (code == CURLE_OK && c->response.status < 200) /* 101: nobody asked for it */
        code = CURLE_WEIRD_SERVER_REPLY;
    if (code != CURLE_OK)
        fail(t, code);
    if (c->outcome == OUTCOME_ANSWERED || c->outcome == OUTCOME_PARTIAL) {
        http_response_body(&c->response, t->body.ptr, t->body.len);
        c->chunked = !has_length(&c->response, c->request);
    } else {
        http_response_release(&c->response);
    }
    curl_multi_remove_handle(u->multi, t->easy);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    t->call = NULL;
    t->next = u->spare;
    u->spare = t;
    u->in_flight--;
    *u->done_tail = c;
    u->done_tail = &c->next;
    c->next = NULL;
}

static void drain(struct upstream *u) {
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(u->multi, &left))) {
        struct upstream_transfer *t = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(t, code);
    }
}

static struct upstream_call *take_done(struct upstream *u) {
    struct upstream_call *first = u->done;

    u->done = NULL;
    u->done_tail = &u->done;
    return first;
}

struct upstream_call *upstream_turn(struct upstream *u) {
    int running;

    curl_multi_perform(u->multi, &running);
    drain(u);
    return take_done(u);
}

void upstream_wait(struct upstream *u, int fd, int64_t wait_ms) {
    struct curl_waitfd other = {.fd = fd, .events = CURL_WAIT_POLLIN};

    curl_multi_poll(u->multi, &other, 1, (int)wait_ms, NULL);
}

void upstream_wake(struct upstream *u) {
    curl_multi_wakeup(u->multi);
}

size_t upstream_in_flight(const struct upstream *u) {
    return u->in_flight;
}

struct upstream_call *upstream_abort(struct upstream *u, const char *why) {
    for (size_t i = 0; i < u->count; i++) {
        struct upstream_call *c = u->all[i]->call;

        if (!c)
            continue;
        finish(u->all[i], CURLE_RECV_ERROR);
        free(c->failure);
        c->failure = mem_strdup(why);
    }
    return take_done(u);
}

void upstream_call_release(struct upstream_call *call) {
    http_response_release(&call->response);
    http_headers_release(&call->trailers);
    free(call->failure);
    call->failure = NULL;
}

void upstream_free(struct upstream *u) {
    if (!u)
        return;
    for (size_t i = 0; i < u->count; i++) {
        curl_easy_cleanup(u->all[i]->easy);
        buf_release(&u->all[i]->body);
        free(u->all[i]);
    }
    curl_multi_cleanup(u->multi);
    free(u->all);
    free(u);
}
