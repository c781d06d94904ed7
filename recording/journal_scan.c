/* The text of a record comes in. The half of an exchange that it holds goes out, if it
 * stands as we write it. */
#include "recording/journal_scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

struct journal_scan {
    const char *at, *end;
};

static bool take(struct journal_scan *s, const char *words) {
    size_t n = strlen(words);

    if ((size_t)(s->end - s->at) < n || memcmp(s->at, words, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool take_int(struct journal_scan *s, int64_t *out) {
    const char *from = s->at;

    while (s->at < s->end && ((*s->at >= '0' && *s->at <= '9') || *s->at == '-'))
        s->at++;
    return str_to_int(from, (size_t)(s->at - from), out) &&
           (*from != '0' || s->at == from + 1);
}

static int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Behind a backslash: what journal.c escapes. */
static bool take_escape(struct journal_scan *s, struct buf *out) {
    int high, low;

    if (s->end - s->at > 1 && (*s->at == '"' || *s->at == '\\'))
        return buf_addc(out, *s->at++);
    if (s->end - s->at < 6 || memcmp(s->at, "u00", 3) != 0)
        return false;
    high = hex_value(s->at[3]);
    low = hex_value(s->at[4]);
    s->at += 5;
    return high >= 0 && high < 8 && low >= 0 && buf_addc(out, (char)(high << 4 | low));
}

static bool take_string(struct journal_scan *s, struct buf *out) {
    const char *run;

    if (!take(s, "\""))
        return false;
    for (run = s->at; s->at < s->end && *s->at != '"';) {
        if ((unsigned char)*s->at < ' ')
            return false;
        if (*s->at != '\\') {
            s->at++;
            continue;
        }
        buf_add(out, run, (size_t)(s->at - run));
        s->at++;
        if (!take_escape(s, out))
            return false;
        run = s->at;
    }
    buf_add(out, run, (size_t)(s->at - run));
    return take(s, "\"");
}

/* A string in which nothing is escaped; NULL = look closer. */
static char *take_simple(struct journal_scan *s, size_t *len) {
    const char *from = s->at + 1, *p = from;

    if (s->at == s->end || *s->at != '"')
        return NULL;
    while (p < s->end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ')
        p++;
    if (p == s->end || *p != '"')
        return NULL;
    s->at = p + 1;
    if (len)
        *len = (size_t)(p - from);
    return mem_strndup(from, (size_t)(p - from));
}

/* A string, or {"base64": ".."}. */
static char *take_bytes(struct journal_scan *s, size_t *len) {
    char *simple = take_simple(s, len);
    struct buf text = BUF_INIT(BUF_UNLIMITED), bytes = BUF_INIT(BUF_UNLIMITED);
    bool base64 = take(s, "{\"base64\":"),
         ok =
             take_string(s, &text) &&
             (!base64 || (take(s, "}") && str_from_base64(&bytes, text.ptr, text.len)));
    char *taken = simple ? simple : ok ? buf_take(base64 ? &bytes : &text, len) : NULL;

    buf_release(&text);
    buf_release(&bytes);
    return taken;
}

/* A member that may be missing: true also without it. */
static bool take_member(struct journal_scan *s, const char *name, char **out,
                        size_t *len) {
    return !take(s, name) || (*out = take_bytes(s, len)) != NULL;
}

static bool take_header(struct journal_scan *s, struct http_headers *h) {
    char *name = take_bytes(s, NULL),
         *value = name && take(s, ",") ? take_bytes(s, NULL) : NULL;

    if (value)
        http_headers_add_owned(h, name, value);
    else
        free(name);
    return value != NULL;
}

static bool take_headers(struct journal_scan *s, const char *name,
                         struct http_headers *h) {
    if (!take(s, name))
        return true;
    if (take(s, "[]"))
        return true;
    if (!take(s, "["))
        return false;
    do {
        if (!take_header(s, h))
            return false;
    } while (take(s, ","));
    return take(s, "]");
}

static bool scan_intent(struct journal_scan *s, struct recorded *x) {
    struct http_request *q = &x->request;
    int64_t number;

    if (!take(s, "{\"intent\":") || !take_int(s, &number) ||
        !take(s, ",\"began_us\":") || !take_int(s, &x->began_us))
        return false;
    x->number = (uint64_t)number;
    x->ended_us = x->began_us;
    x->outcome = OUTCOME_UNKNOWN;
    return take_member(s, ",\"method\":", http_owned(&q->method), NULL) &&
           take_member(s, ",\"target\":", http_owned(&q->target), NULL) && q->method &&
           q->target && take_headers(s, ",\"headers\":", &q->headers) &&
           take_member(s, ",\"body\":", http_owned(&q->body), &q->body_len) &&
           take(s, "}") && s->at == s->end;
}

static bool scan_outcome(struct journal_scan *s, struct recorded *x) {
    struct http_response *a = &x->response;
    struct buf is = BUF_INIT(64);
    int64_t number, status = 0;
    bool ok = take(s, "{\"outcome\":") && take_int(s, &number) &&
              take(s, ",\"ended_us\":") && take_int(s, &x->ended_us) &&
              take(s, ",\"is\":") && take_string(s, &is) &&
              outcome_parse(is.ptr, &x->outcome) && take(s, ",\"status\":") &&
              take_int(s, &status) && status >= 0 && status < 1000;

    buf_release(&is);
    if (!ok)
        return false;
    x->number = (uint64_t)number;
    a->status = (int)status;
    if (!take_member(s, ",\"reason\":", &a->reason, NULL) ||
        !take_member(s, ",\"failure\":", &x->failure, NULL) ||
        !take_member(s, ",\"encoding\":", &x->encoding, NULL))
        return false;
    x->chunked = take(s, ",\"chunked\":true");
    return take_headers(s, ",\"headers\":", &a->headers) &&
           take_headers(s, ",\"trailers\":", &x->trailers) &&
           take_member(s, ",\"body\":", &a->body, &a->body_len) && take(s, "}") &&
           s->at == s->end;
}

static bool scan(const char *text, size_t len, struct recorded *x,
                 bool (*half)(struct journal_scan *s, struct recorded *x)) {
    struct journal_scan s = {text, text + len};

    if (str_utf8_valid(text, len) && half(&s, x))
        return true;
    recorded_release(x);
    *x = (struct recorded){0};
    return false;
}

bool journal_scan_intent(const char *text, size_t len, struct recorded *x) {
    return scan(text, len, x, scan_intent);
}

bool journal_scan_outcome(const char *text, size_t len, struct recorded *x) {
    return scan(text, len, x, scan_outcome);
}
