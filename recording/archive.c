/* Entries of another tool's archive come in. The exchanges of the one server that matters
 * go out, decoded, in order of time, with a report of what was left out. */
#include "recording/archive.h"
#include "api/secrets_api.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"

enum { MAX_BODY = 1 << 28, MAX_SERVERS = 10000, MAX_LEFT_OUT = 1000 };

static const char api_path[] = API_PATH;

struct archive_server {
    char *base;
    size_t entries, calls; /* calls: with a path of the API */
};

/* --- URLs --- */

struct entry_url {
    char *origin;     /* scheme://host[:port], lower case, without a default port */
    char *user;       /* "user:password" as written, or NULL */
    const char *path; /* "/..", "?.." or "" */
};

static bool url_split(const char *text, struct entry_url *u) {
    bool https = strncasecmp(text, "https://", 8) == 0;
    const char *authority = text + (https ? 8 : 7), *at = NULL;
    size_t len;

    if (!https && strncasecmp(text, "http://", 7) != 0)
        return false;
    len = strcspn(authority, "/?#");
    for (size_t i = 0; i < len; i++)
        if (authority[i] == '@')
            at = authority + i;
    u->path = authority + len;
    u->user = at ? mem_strndup(authority, (size_t)(at - authority)) : NULL;
    if (at) {
        len -= (size_t)(at + 1 - authority);
        authority = at + 1;
    }
    u->origin = mem_printf("%s://%.*s", https ? "https" : "http", (int)len, authority);
    for (char *c = u->origin; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    if (str_ends(u->origin, https ? ":443" : ":80"))
        *strrchr(u->origin, ':') = '\0';
    return true;
}

static void url_release(struct entry_url *u) {
    free(u->origin);
    free(u->user);
}

/* Where the API begins in a path; NULL = nowhere. */
static const char *api_in(const char *path) {
    size_t end = strcspn(path, "?#"), n = sizeof(api_path) - 1;
    const char *hit = str_find(path, end, api_path, n);

    return hit && (hit + n == path + end || hit[n] == '/') ? hit : NULL;
}

static char *base_of(const struct entry_url *u) {
    const char *api = api_in(u->path);

    return mem_printf("%s%.*s", u->origin, api ? (int)(api - u->path) : 0, u->path);
}

/* --- which server --- */

void archive_saw(struct archive *a, const char *text) {
    struct entry_url u;
    char *base;
    size_t i = 0;

    if (!url_split(text, &u))
        return;
    base = base_of(&u);
    while (i < a->server_count && strcmp(a->servers[i].base, base) != 0)
        i++;
    if (i == a->server_count && i < MAX_SERVERS) {
        a->servers = mem_grow(a->servers, i + 1, sizeof(*a->servers));
        a->servers[a->server_count++] = (struct archive_server){mem_strdup(base), 0, 0};
    }
    if (i < a->server_count) {
        a->servers[i].entries++;
        a->servers[i].calls += api_in(u.path) != NULL;
    }
    free(base);
    url_release(&u);
}

/* "http://a (12), http://b (3)": the first few */
static char *list_servers(const struct archive *a) {
    struct buf out = BUF_INIT(160);

    for (size_t i = 0; i < a->server_count && i < 4; i++)
        buf_addf(&out, "%s%.60s (%zu)", i ? ", " : "", a->servers[i].base,
                 a->servers[i].entries);
    if (a->server_count > 4)
        buf_adds(&out, ", ..");
    if (!a->server_count)
        buf_adds(&out, "nobody");
    return buf_take(&out, NULL);
}

static bool choose_named(struct archive *a, struct err *err) {
    struct entry_url u;
    size_t path;

    if (!url_split(a->upstream, &u))
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "--upstream: expected http://HOST[:PORT][/PATH], got \"%s\"",
                      a->upstream);
    path = strcspn(u.path, "?#");
    while (path && u.path[path - 1] == '/')
        path--;
    a->base = mem_printf("%s%.*s", u.origin, (int)path, u.path);
    url_release(&u);
    return true;
}

bool archive_choose(struct archive *a, struct err *err) {
    const struct archive_server *best = NULL;
    char *there;

    if (a->upstream)
        return choose_named(a, err);
    for (size_t i = 0; i < a->server_count; i++)
        if (a->servers[i].calls && (!best || a->servers[i].calls > best->calls))
            best = &a->servers[i];
    if (best) {
        a->base = mem_strdup(best->base);
        return true;
    }
    there = list_servers(a);
    err_at(err, ERR_SYNTAX, 0, 0,
           "no entry has a path of the API (%s); it holds traffic with %s. "
           "--upstream URL names the server if it is one of these",
           api_path, there);
    free(there);
    return false;
}

/* The target of an URL on the chosen server; NULL = it is another server's. */
static char *target_of(const struct archive *a, const struct entry_url *u) {
    size_t origin = strlen(u->origin), prefix = strlen(a->base) - origin;
    const char *path = u->path;

    if (strlen(a->base) < origin || memcmp(a->base, u->origin, origin) != 0 ||
        strncmp(path, a->base + origin, prefix) != 0 ||
        (a->base[origin] && a->base[origin] != '/') ||
        (path[prefix] && !strchr("/?#", path[prefix])))
        return NULL;
    path += prefix;
    return mem_printf("%s%.*s", *path == '/' ? "" : "/", (int)strcspn(path, "#"), path);
}

/* --- entries --- */

void archive_leave_out(struct archive *a, size_t entry, const char *why) {
    struct archive_report *t = &a->report;

    if (t->left_out_count < MAX_LEFT_OUT) {
        t->left_out =
            mem_grow(t->left_out, t->left_out_count + 1, sizeof(*t->left_out));
        t->left_out[t->left_out_count++] =
            (struct archive_left_out){entry, mem_strdup(why)};
    }
}

/* A key in the URL is what a browser sends as Basic. */
static void add_user(struct http_request *q, const char *user) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED), coded = BUF_INIT(BUF_UNLIMITED);

    for (const char *c = user; *c; c++) {
        int high = *c == '%' ? c[1] : 0, low = high ? c[2] : 0;

        if (high && low && strchr("0123456789abcdefABCDEF", high) &&
            strchr("0123456789abcdefABCDEF", low)) {
            char hex[3] = {(char)high, (char)low, '\0'};

            buf_addc(&plain, (char)strtol(hex, NULL, 16));
            c += 2;
        } else {
            buf_addc(&plain, *c);
        }
    }
    if (!memchr(plain.ptr, ':', plain.len))
        buf_addc(&plain, ':');
    buf_adds(&coded, "Basic ");
    str_add_base64(&coded, plain.ptr, plain.len);
    http_headers_add(&q->headers, "Authorization", coded.ptr);
    buf_release(&plain);
    buf_release(&coded);
}

struct recorded *archive_entry(struct archive *a, const char *method, const char *text,
                               int64_t began_us, int64_t took_us) {
    struct entry_url u = {0};
    struct recorded *x = NULL;
    char *target;

    if (!url_split(text, &u)) {
        a->report.not_http++;
        return NULL;
    }
    if (began_us == ARCHIVE_NO_TIME)
        began_us = a->latest_us + 1;
    a->latest_us = began_us;
    target = target_of(a, &u);
    if (target) {
        x = recording_add(a->recording);
        x->began_us = began_us;
        x->ended_us = began_us + (took_us > 0 ? took_us : 0);
        if (x->ended_us > a->latest_us)
            a->latest_us = x->ended_us;
        http_request_set(&x->request, method, target);
        if (u.user && *u.user)
            add_user(&x->request, u.user);
    } else {
        a->report.other_server++;
    }
    free(target);
    url_release(&u);
    return x;
}

void archive_session(struct archive *a, int session) {
    size_t count = a->recording->count;

    a->sessions = mem_grow(a->sessions, count, sizeof(*a->sessions));
    a->sessions[count - 1] = session;
}

void archive_header(struct http_headers *h, const char *name, const char *value) {
    static const char *const framing[] = {"Transfer-Encoding"};

    if (!*name || *name == ':' || strpbrk(name, " \t\r\n")) /* those of HTTP/2 */
        return;
    for (size_t i = 0; i < ARRAY_LEN(framing); i++)
        if (str_equal_nocase(name, framing[i]))
            return;
    if (str_equal_nocase(name, "Authorization"))
        http_headers_remove(h, name); /* that of the URL is the same one */
    http_headers_add(h, name, value);
}

/* --- bodies --- */

/* Some tools keep the bytes as they came, others decode them and leave the header. */
static bool looks_encoded(const char *encoding, const char *bytes, size_t len) {
    if (str_equal_nocase(encoding, "gzip") || str_equal_nocase(encoding, "x-gzip"))
        return len > 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
    return !str_utf8_valid(bytes, len);
}

/* Decodes by Content-Encoding, which goes; false if it cannot be. */
static bool decode(struct http_headers *h, const char *bytes, size_t len,
                   struct buf *out) {
    const char *encoding = http_headers_get(h, "Content-Encoding");

    if (encoding && *encoding && !str_equal_nocase(encoding, "identity") && len &&
        looks_encoded(encoding, bytes, len)) {
        if (!inflate_body(encoding, bytes, len, out)) {
            buf_cut(out, 0);
            return false;
        }
    } else {
        buf_add(out, bytes, len);
    }
    http_headers_remove(h, "Content-Encoding");
    return true;
}

void archive_request_body(struct recorded *x, const char *bytes, size_t len) {
    struct buf plain = BUF_INIT(MAX_BODY);

    if (decode(&x->request.headers, bytes, len, &plain))
        http_request_body(&x->request, plain.ptr, plain.len);
    else
        http_request_body(&x->request, bytes, len);
    buf_release(&plain);
}

static void make_partial(struct archive *a, struct recorded *x, char *why) {
    a->report.no_body++;
    x->outcome = OUTCOME_PARTIAL;
    free(x->failure);
    x->failure = why;
    http_response_body(&x->response, "", 0);
}

void archive_no_body(struct archive *a, struct recorded *x, const char *why) {
    make_partial(a, x, mem_strdup(why));
}

void archive_response_body(struct archive *a, struct recorded *x, const char *bytes,
                           size_t len) {
    struct buf plain = BUF_INIT(MAX_BODY);

    if (decode(&x->response.headers, bytes, len, &plain))
        http_response_body(&x->response, plain.ptr, plain.len);
    else
        make_partial(
            a, x,
            mem_printf("the archive's Content-Encoding %.40s cannot be read",
                       http_headers_get(&x->response.headers, "Content-Encoding")));
    buf_release(&plain);
}

/* --- the end --- */

static bool lacks_key(const struct archive *a, const struct recorded *x) {
    return !a->keys_are_complete && x->response.status != 401 &&
           strcmp(x->request.method, "OPTIONS") != 0 &&
           !http_headers_get(&x->request.headers, "Authorization");
}

void archive_answered(struct archive *a, struct recorded *x, int status,
                      const char *reason, const char *why) {
    http_headers_remove(&x->request.headers, "Content-Length");
    if (strcmp(x->request.method, "HEAD") != 0)
        http_headers_remove(&x->response.headers, "Content-Length");
    if (lacks_key(a, x)) {
        a->report.no_key++;
        http_headers_add(&x->request.headers, "Authorization", "Basic key:left_out");
    }
    if (status >= 100 && status <= 599) {
        x->response.status = status;
        x->response.reason = reason && *reason ? mem_strdup(reason) : NULL;
        if (!x->response.body)
            http_response_body(&x->response, "", 0);
        return;
    }
    http_response_release(&x->response);
    a->report.no_answer++;
    x->outcome = OUTCOME_UNKNOWN;
    free(x->failure);
    x->failure = mem_strdup(why);
}

static int by_time(const void *a, const void *b) {
    const struct recorded *x = a, *y = b;

    if (x->began_us != y->began_us)
        return x->began_us < y->began_us ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Where the session changes another one begins; they follow one another in time. */
static void find_sessions(const struct archive *a) {
    const struct recording *r = a->recording;
    int before = 0;

    for (size_t i = 0; i < r->count; i++) {
        int session = a->sessions[r->items[i].number - 1];

        if (i == 0 || session != before)
            recording_add_session(a->recording, "", i + 1);
        before = session;
    }
}

void archive_finish(struct archive *a) {
    struct recording *r = a->recording;
    int64_t first;

    r->upstream = mem_strdup(a->base);
    a->report.taken = r->count;
    if (!r->count)
        return;
    qsort(r->items, r->count, sizeof(*r->items), by_time);
    if (a->sessions)
        find_sessions(a);
    first = r->items[0].began_us;
    if (first < 0)
        first = 0;
    r->started_ms = first / 1000;
    for (size_t i = 0; i < r->count; i++) {
        r->items[i].number = i + 1;
        r->items[i].began_us -= r->started_ms * 1000;
        r->items[i].ended_us -= r->started_ms * 1000;
    }
}

void archive_release(struct archive *a) {
    for (size_t i = 0; i < a->server_count; i++)
        free(a->servers[i].base);
    for (size_t i = 0; i < a->report.left_out_count; i++)
        free(a->report.left_out[i].why);
    free(a->servers);
    free(a->sessions);
    free(a->report.left_out);
    free(a->base);
    *a = (struct archive){0};
}

/* --- times --- */

/* "+02:00", "+0200", "+02" in seconds */
static int64_t zone_of(const char *text) {
    int64_t hours = 0, minutes = 0;
    size_t colon;

    if (*text != '+' && *text != '-')
        return 0;
    colon = text[1] && text[2] ? text[3] == ':' : 0;
    if (!str_to_int(text + 1, strnlen(text + 1, 2), &hours))
        return 0;
    if (strlen(text) >= 5 + colon)
        str_to_int(text + 3 + colon, 2, &minutes);
    return (*text == '+' ? 1 : -1) * (hours * 60 + minutes) * 60;
}

int64_t archive_time(const char *text) {
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    int64_t us, unit = 100000;

    if (rest && (*rest == 'T' || *rest == ' '))
        rest = strptime(rest + 1, "%H:%M:%S", &tm);
    if (!rest)
        return ARCHIVE_NO_TIME;
    us = (int64_t)timegm(&tm) * 1000000;
    if (*rest == '.' || *rest == ',')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            us += (*rest - '0') * unit;
    while (*rest == ' ')
        rest++;
    return us - zone_of(rest) * 1000000;
}
