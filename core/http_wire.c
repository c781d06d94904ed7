/* In: a request, and the bytes that libcurl reads. Out: the request on a handle, and the
 * answer's status, headers, trailers and body. */
#include "core/http_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/str.h"

/* --- what comes in --- */

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct http_wire *s = context;

    return buf_add(&s->shown.body, bytes, size * count) ? size * count : 0;
}

static void take_status(struct http_transfer *t, const char *line, size_t len) {
    struct http_response *r = &t->response;
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
    const char **value = &h->items[h->count - 1].value;
    char *joined;

    while (len && (*line == ' ' || *line == '\t'))
        line++, len--;
    joined = mem_printf("%s %.*s", *value, (int)len, line);
    free(*http_owned(value));
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
    http_headers_add_owned(h, name, text);
}

/* Called for the lines of every response of a request, 1xx too, and for trailers. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct http_wire *s = context;
    struct http_transfer *t = &s->shown;
    struct http_headers *h = t->headers_over ? &t->trailers : &t->response.headers;
    size_t len = size * count, n = len;

    t->header_bytes += len;
    while (n && (bytes[n - 1] == '\r' || bytes[n - 1] == '\n'))
        n--;
    if (n > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        take_status(t, bytes, n);
    } else if (n == 0) {
        t->headers_over = t->response.status >= 200;
    } else if (t->header_bytes > HTTP_CLIENT_MAX_HEADER_BYTES ||
               h->count >= HTTP_CLIENT_MAX_HEADERS) {
        t->failure = HTTP_TOO_MANY_HEADERS;
        return 0;
    } else {
        take_header(h, bytes, n);
    }
    return len;
}

/* Before each sending, on new and on kept connections. libcurl sends a request once more
 * when a kept connection turns out to be closed; whether it was carried out then, nobody
 * knows, so that is for methods which may be repeated (RFC 9110 section 9.2.2), unless
 * the owner knows better. */
static int on_send(void *context, char *to, char *from, int to_port, int from_port) {
    static const char *const repeatable[] = {"GET",   "HEAD", "OPTIONS",
                                             "TRACE", "PUT",  "DELETE"};
    struct http_wire *s = context;

    (void)to, (void)from, (void)to_port;
    s->shown.port = from_port;
    if (s->shown.attempts++ == 0 || s->shown.repeatable)
        return CURL_PREREQFUNC_OK;
    for (size_t i = 0; i < ARRAY_LEN(repeatable); i++)
        if (strcmp(s->shown.request->method, repeatable[i]) == 0)
            return CURL_PREREQFUNC_OK;
    return CURL_PREREQFUNC_ABORT;
}

/* --- sockets --- */

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    struct http_sockets *all = context;
    int fd =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    all->items = mem_grow(all->items, all->count + 1, sizeof(*all->items));
    all->items[all->count++] = fd;
    return fd;
}

static int close_socket(void *context, curl_socket_t fd) {
    struct http_sockets *all = context;

    for (size_t i = 0; i < all->count; i++)
        if (all->items[i] == fd)
            all->items[i] = all->items[--all->count];
    return close(fd);
}

int http_socket_port(int fd) {
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

/* --- the handle --- */

static void set_security(CURL *easy, const struct connection *c) {
    if (c->cacert) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, c->cacert);
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, c->cacert);
    }
    if (c->cert)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, c->cert);
    if (c->cert_key)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, c->cert_key);
    if (c->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static void set_connection(CURL *easy, const struct connection *c) {
    curl_easy_setopt(easy, CURLOPT_URL, c->url);
    /* both, else libcurl asks the environment */
    curl_easy_setopt(easy, CURLOPT_PROXY, c->proxy ? c->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->timeout_ms);
    set_security(easy, c);
}

static void set_callbacks(CURL *easy, struct http_wire *s,
                          struct http_sockets *sockets) {
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, s->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, s);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, sockets);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

struct http_wire *http_wire_new(const struct http_client_options *options,
                                struct http_sockets *sockets) {
    struct http_wire *s = mem_new(1, sizeof(*s));
    CURL *easy = s->easy = curl_easy_init();

    s->shown.wire = s;
    buf_init(&s->shown.body, options->max_body);
    buf_init(&s->first.body, options->max_body);
    set_connection(easy, &options->connection);
    set_callbacks(easy, s, sockets);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (options->max_idle_s)
        curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)options->max_idle_s);
    if (options->decode) {
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "assay");
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    }
    return s;
}

/* --- what goes out --- */

/* The raw target behind the path of the URL; a proxy is asked for the whole, unless it
 * lets us through to the server itself. */
static void set_target(struct http_wire *s, const struct connection *c) {
    const char *host = strstr(c->url, "://") + 3, *path = host + strcspn(host, "/?#");
    bool whole =
        c->proxy && str_starts(c->url, "http://") && str_starts(c->proxy, "http");
    char *target = mem_printf("%s%s", whole ? c->url : path, s->shown.request->target);

    curl_easy_setopt(s->easy, CURLOPT_REQUEST_TARGET, target);
    free(target);
}

static bool has_body(const struct http_transfer *t) {
    return t->request->body_len || t->sized || strcmp(t->request->method, "POST") == 0;
}

static void set_method(struct http_wire *s) {
    const struct http_request *r = s->shown.request;
    CURL *easy = s->easy;

    curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    if (has_body(&s->shown)) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
}

void http_wire_prepare(struct http_wire *s) {
    s->has_type = s->has_accept = false;
    s->headers = curl_slist_append(NULL, "Expect:");
}

void http_wire_add_header(struct http_wire *s, const char *name, const char *value) {
    struct buf line = BUF_INIT(BUF_UNLIMITED);

    buf_adds(&line, name);
    buf_adds(&line, *value ? ": " : ";");
    buf_adds(&line, value);
    s->has_type = s->has_type || str_equal_nocase(name, "Content-Type");
    s->has_accept = s->has_accept || str_equal_nocase(name, "Accept");
    s->headers = curl_slist_append(s->headers, line.ptr);
    buf_release(&line);
}

void http_wire_leave_out(struct http_wire *s, const char *name) {
    char *line = mem_printf("%s:", name);

    s->headers = curl_slist_append(s->headers, line);
    free(line);
}

void http_wire_end_headers(struct http_wire *s,
                           const struct http_client_options *options) {
    const struct http_headers *more = options->connection.headers;

    for (size_t i = 0; more && i < more->count; i++)
        if (!http_headers_get(&s->shown.request->headers, more->items[i].name))
            http_wire_add_header(s, more->items[i].name, more->items[i].value);
    if (!s->has_type)
        http_wire_leave_out(s, "Content-Type");
    if (!s->has_accept && !options->decode)
        http_wire_leave_out(s, "Accept");
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    set_method(s);
    set_target(s, &options->connection);
}

void http_wire_begin(struct http_wire *s, enum http_version version, bool secure) {
    struct http_transfer *t = &s->shown;

    http_response_release(&t->response);
    http_headers_release(&t->trailers);
    buf_cut(&t->body, 0);
    t->body.failed = false;
    t->header_bytes = 0;
    t->headers_over = t->reused = false;
    t->port = 0;
    t->attempts = 0;
    t->failure = HTTP_ANSWERED;
    t->why = NULL;
    s->error[0] = '\0';
    s->version = version;
    curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION,
                     (long)(version != HTTP_VERSION_2 ? CURL_HTTP_VERSION_1_1
                            : secure                  ? CURL_HTTP_VERSION_2TLS
                                     : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
}

/* --- HTTP/2 where nothing else is spoken --- */

bool http_wire_wants_2(const struct http_wire *s, CURLcode code, bool secure) {
    static const CURLcode unclear[] = {
        CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_GOT_NOTHING,
        CURLE_RECV_ERROR,           CURLE_SEND_ERROR,         CURLE_SSL_CONNECT_ERROR};
    static const int refusals[] = {403, 421, 426, 505};
    const struct http_response *r = &s->shown.response;
    const char *type = http_headers_get(&r->headers, "Content-Type");

    for (size_t i = 0; i < ARRAY_LEN(unclear); i++)
        if (code == unclear[i])
            return s->shown.header_bytes == 0 &&
                   (secure || code != CURLE_SSL_CONNECT_ERROR);
    for (size_t i = 0; i < ARRAY_LEN(refusals) && code == CURLE_OK; i++)
        if (r->status == refusals[i])
            return !type || !strstr(type, "json");
    return false;
}

void http_wire_put_aside(struct http_wire *s, CURLcode code) {
    struct first_attempt *f = &s->first;
    struct http_transfer *t = &s->shown;

    f->tried = true;
    f->code = code;
    f->response = t->response;
    t->response = (struct http_response){0};
    buf_cut(&f->body, 0);
    buf_add(&f->body, t->body.ptr, t->body.len);
    memcpy(f->error, s->error, sizeof(f->error));
}

CURLcode http_wire_take_back(struct http_wire *s) {
    struct first_attempt *f = &s->first;
    struct http_transfer *t = &s->shown;

    http_response_release(&t->response);
    http_headers_release(&t->trailers);
    t->response = f->response;
    f->response = (struct http_response){0};
    t->headers_over = t->response.status >= 200;
    t->header_bytes = (size_t)t->headers_over;
    buf_cut(&t->body, 0);
    buf_add(&t->body, f->body.ptr, f->body.len);
    memcpy(s->error, f->error, sizeof(s->error));
    return f->code;
}

bool http_wire_used_2(const struct http_wire *s) {
    long version = 0;

    curl_easy_getinfo(s->easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0;
}

/* --- the end --- */

static enum http_failure failure_of(const struct http_wire *s, CURLcode code) {
    static const struct {
        CURLcode code;
        enum http_failure failure;
    } rows[] = {
        {CURLE_OK, HTTP_ANSWERED},
        {CURLE_URL_MALFORMAT, HTTP_NO_HOST},
        {CURLE_COULDNT_RESOLVE_HOST, HTTP_NO_HOST},
        {CURLE_COULDNT_RESOLVE_PROXY, HTTP_NO_HOST},
        {CURLE_COULDNT_CONNECT, HTTP_NO_CONNECTION},
        {CURLE_PROXY, HTTP_NO_CONNECTION},
        {CURLE_SSL_CONNECT_ERROR, HTTP_NO_TLS},
        {CURLE_SSL_CERTPROBLEM, HTTP_NO_TLS},
        {CURLE_SSL_CACERT_BADFILE, HTTP_NO_TLS},
        {CURLE_SSL_CIPHER, HTTP_NO_TLS},
        {CURLE_SSL_ISSUER_ERROR, HTTP_NO_TRUST},
        {CURLE_SSL_INVALIDCERTSTATUS, HTTP_NO_TRUST},
        {CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_TRUST},
        {CURLE_OPERATION_TIMEDOUT, HTTP_TIMED_OUT},
        {CURLE_GOT_NOTHING, HTTP_CLOSED},
        {CURLE_RECV_ERROR, HTTP_BROKEN},
        {CURLE_SEND_ERROR, HTTP_BROKEN},
        {CURLE_PARTIAL_FILE, HTTP_PARTIAL},
        {CURLE_BAD_CONTENT_ENCODING, HTTP_BAD_ENCODING},
        {CURLE_OUT_OF_MEMORY, HTTP_LONG_LINE}, /* said of a header line over 100 KB */
        {CURLE_UNSUPPORTED_PROTOCOL, HTTP_UNREADABLE},
        {CURLE_WEIRD_SERVER_REPLY, HTTP_UNREADABLE},
    };

    if (s->shown.failure)
        return s->shown.failure;
    if (s->shown.body.failed)
        return HTTP_TOO_LARGE;
    if (strstr(s->error, "CONNECT")) /* the proxy would not */
        return HTTP_NO_CONNECTION;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code)
            return rows[i].failure;
    return HTTP_OTHER;
}

void http_wire_end(struct http_wire *s, CURLcode code) {
    struct http_transfer *t = &s->shown;
    curl_off_t length = -1;
    long made = 1;

    curl_easy_getinfo(s->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &made);
    t->content_length = length;
    t->reused = made == 0;
    t->failure = failure_of(s, code);
    t->why = s->error[0] ? s->error : curl_easy_strerror(code);
}

void http_wire_clear(struct http_wire *s) {
    struct http_transfer *t = &s->shown;

    curl_slist_free_all(s->headers);
    s->headers = NULL;
    http_response_release(&t->response);
    http_headers_release(&t->trailers);
    http_response_release(&s->first.response);
    s->first.tried = false;
    t->owner = NULL;
    t->request = NULL;
    t->fresh = t->repeatable = t->sized = false;
}

void http_wire_free(struct http_wire *s) {
    http_wire_clear(s);
    curl_easy_cleanup(s->easy);
    buf_release(&s->shown.body);
    buf_release(&s->first.body);
    free(s);
}
