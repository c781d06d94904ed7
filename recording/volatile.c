/* A text of an exchange comes in. The same goes out with placeholders for what differs
 * each time, and their values apart. */
#include "recording/volatile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum { MIN_ID = 6, MAX_ID = 128, MIN_TIME = 9, MAX_TIME = 11, MIN_BOUNDARY = 8 };

static const char *const volatile_headers[] = {
    "Age",
    "CF-Ray",
    "Date",
    "ETag",
    "Expires",
    "Host",
    "Idempotency-Key",
    "Last-Modified",
    "Original-Request",
    "Request-Id",
    "Server-Timing",
    "Traceparent",
    "X-Request-Id",
    "X-Response-Time",
    "X-Runtime",
    "X-Stripe-Client-Telemetry",
};

static size_t word_len(const char *text, size_t len) {
    size_t n = 0;

    while (n < len && str_is_word_char(text[n]))
        n++;
    return n;
}

/* Behind `"KEY"`, a colon and blanks: where the value begins; 0 = it is no such key. */
static size_t value_of_key(const char *text, size_t len, const char *key) {
    size_t n = strlen(key), i = n + 2;

    if (len < n + 3 || text[0] != '"' || memcmp(text + 1, key, n) != 0 ||
        text[n + 1] != '"')
        return 0;
    while (i < len && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t'))
        i++;
    if (i == len || text[i++] != ':')
        return 0;
    while (i < len && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t'))
        i++;
    return i;
}

void volatile_learn(struct volatile_ids *ids, const char *body, size_t len) {
    const char *at = body, *end = body + len;

    if (!ids->names)
        ids->names = json_object();
    while ((at = str_find(at, (size_t)(end - at), "\"id\"", 4))) {
        size_t skip = value_of_key(at, (size_t)(end - at), "id"), n;
        char name[32];

        at += skip ? skip : 4;
        if (!skip || at == end || *at++ != '"')
            continue;
        n = word_len(at, (size_t)(end - at));
        if (n < MIN_ID || n > MAX_ID || at + n == end || at[n] != '"' ||
            json_object_getn(ids->names, at, n))
            continue;
        snprintf(name, sizeof(name), "id.%zu", json_object_size(ids->names) + 1);
        json_object_setn_new_nocheck(ids->names, at, n, json_string(name));
    }
}

void volatile_values_add(struct volatile_values *v, const char *name, const char *text,
                         size_t len) {
    v->items = mem_grow(v->items, v->count + 1, sizeof(*v->items));
    v->items[v->count].name = mem_strdup(name);
    v->items[v->count++].text = mem_strndup(text, len);
}

static bool is_name(const char *text, size_t len, const char *name) {
    return strlen(name) == len && memcmp(text, name, len) == 0;
}

static const char *value_named(const struct volatile_values *v, const char *name,
                               size_t len) {
    for (size_t i = 0; i < v->count; i++)
        if (strlen(v->items[i].name) == len && memcmp(v->items[i].name, name, len) == 0)
            return v->items[i].text;
    return NULL;
}

/* {{name}}; a brace of the text itself right before it is written out. */
static void put_placeholder(const char *name, struct buf *out) {
    if (out->len && out->ptr[out->len - 1] == '{') {
        buf_cut(out, out->len - 1);
        buf_adds(out, "{{open}}");
    }
    buf_adds(out, "{{");
    buf_adds(out, name);
    buf_adds(out, "}}");
}

/* A value of which an exchange may have several: name, name.2, name.3 */
static void put_numbered(struct volatile_values *v, const char *base, const char *text,
                         size_t len, struct buf *out) {
    char name[64];

    snprintf(name, sizeof(name), "%s", base);
    for (unsigned n = 2; value_named(v, name, strlen(name)); n++)
        snprintf(name, sizeof(name), "%.50s.%u", base, n);
    volatile_values_add(v, name, text, len);
    put_placeholder(name, out);
}

static void put_id(struct volatile_values *v, const char *name, const char *text,
                   size_t len, struct buf *out) {
    if (!value_named(v, name, strlen(name)))
        volatile_values_add(v, name, text, len);
    put_placeholder(name, out);
}

static size_t digits(const char *text, size_t len) {
    size_t n = 0;

    while (n < len && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

/* Behind the word `created` or `expires_at`: quotes, blanks, ':' or '=', then a time.
 */
static size_t put_time(struct volatile_values *v, const char *word, const char *text,
                       size_t len, struct buf *out) {
    size_t i = 0, n;

    while (i < len && i < 16 && strchr("\": =\n\t", text[i]) && text[i])
        i++;
    n = digits(text + i, len - i);
    if (!i || n < MIN_TIME || n > MAX_TIME ||
        (i + n < len && str_is_word_char(text[i + n])))
        return 0;
    buf_add(out, text, i);
    put_numbered(v, word, text + i, n, out);
    return i + n;
}

static size_t put_log_url(struct volatile_values *v, const char *text, size_t len,
                          struct buf *out) {
    size_t skip = value_of_key(text, len, "request_log_url");
    const char *end = skip && skip < len && text[skip] == '"'
                          ? memchr(text + skip + 1, '"', len - skip - 1)
                          : NULL;

    if (!end || memchr(text + skip, '\\', (size_t)(end - text) - skip) ||
        memchr(text + skip, '\0', (size_t)(end - text) - skip))
        return 0;
    buf_add(out, text, skip + 1);
    put_numbered(v, "request_log_url", text + skip + 1, (size_t)(end - text) - skip - 1,
                 out);
    return (size_t)(end - text);
}

/* The boundary of a multipart body, inside of a word: how far it reaches. */
static size_t put_boundary(struct volatile_values *v, const char *text, size_t len,
                           struct buf *out) {
    static const char name[] = "boundary";
    const char *boundary = value_named(v, name, sizeof(name) - 1);
    size_t n = boundary ? strlen(boundary) : 0;
    const char *hit = n ? str_find(text, len, boundary, n) : NULL;

    if (!hit)
        return 0;
    buf_add(out, text, (size_t)(hit - text));
    put_placeholder(name, out);
    return (size_t)(hit - text) + n;
}

static size_t put_word(const struct volatile_ids *ids, struct volatile_values *v,
                       const char *text, size_t len, struct buf *out) {
    static const char *const times[] = {"created", "expires_at"};
    size_t n = word_len(text, len), boundary = put_boundary(v, text, n, out);
    const char *id = n >= MIN_ID && n <= MAX_ID && ids->names
                         ? json_string_value(json_object_getn(ids->names, text, n))
                         : NULL;

    if (boundary)
        return boundary;
    if (id) {
        put_id(v, id, text, n, out);
        return n;
    }
    buf_add(out, text, n);
    for (size_t i = 0; n >= 7 && i < ARRAY_LEN(times); i++)
        if (n == strlen(times[i]) && memcmp(text, times[i], n) == 0)
            n += put_time(v, times[i], text + n, len - n, out);
    return n;
}

void volatile_text(const struct volatile_ids *ids, struct volatile_values *values,
                   const char *text, size_t len, struct buf *out) {
    size_t i = 0, n;

    while (i < len) {
        if (str_is_word_char(text[i])) {
            i += put_word(ids, values, text + i, len - i, out);
        } else if (text[i] == '"' &&
                   (n = put_log_url(values, text + i, len - i, out)) > 0) {
            i += n;
        } else if (text[i] == '{' && i + 1 < len && text[i + 1] == '{') {
            buf_adds(out, "{{brace}}");
            i += 2;
        } else {
            buf_addc(out, text[i++]);
        }
    }
}

void volatile_braces(const char *text, size_t len, struct buf *out) {
    const char *open;

    while ((open = str_find(text, len, "{{", 2))) {
        buf_add(out, text, (size_t)(open - text));
        buf_adds(out, "{{brace}}");
        len -= (size_t)(open + 2 - text);
        text = open + 2;
    }
    buf_add(out, text, len);
}

/* Clients make up another one for each body. */
static void learn_boundary(struct volatile_values *v, const char *content_type) {
    const char *at = strcasestr(content_type, "boundary=");
    size_t n;

    if (!at || strncasecmp(content_type, "multipart/", 10) != 0 ||
        value_named(v, "boundary", 8))
        return;
    at += 9;
    at += *at == '"';
    n = word_len(at, strlen(at));
    if (n >= MIN_BOUNDARY)
        volatile_values_add(v, "boundary", at, n);
}

void volatile_header(const struct volatile_ids *ids, struct volatile_values *values,
                     const char *name, const char *value, struct buf *out) {
    for (size_t i = 0; *value && i < ARRAY_LEN(volatile_headers); i++) {
        char lower[64];
        size_t n = 0;

        if ((*name | 0x20) != (*volatile_headers[i] | 0x20) ||
            !str_equal_nocase(name, volatile_headers[i]))
            continue;
        for (; name[n] && n + 1 < sizeof(lower); n++)
            lower[n] =
                (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32 : name[n]);
        lower[n] = '\0';
        put_numbered(values, lower, value, strlen(value), out);
        return;
    }
    if (str_equal_nocase(name, "Content-Type"))
        learn_boundary(values, value);
    volatile_text(ids, values, value, strlen(value), out);
}

bool volatile_fill(const struct volatile_values *values, const char *text, size_t len,
                   struct buf *out, char unknown[64]) {
    const char *end = text + len, *open, *close, *value;

    while ((open = str_find(text, (size_t)(end - text), "{{", 2))) {
        size_t n;

        close = str_find(open + 2, (size_t)(end - open - 2), "}}", 2);
        n = close ? (size_t)(close - open - 2) : 0;
        value = !close                          ? NULL
                : is_name(open + 2, n, "brace") ? "{{"
                : is_name(open + 2, n, "open")  ? "{"
                                                : value_named(values, open + 2, n);
        if (!value) {
            snprintf(unknown, 64, "%.*s", (int)(n < 60 ? n : 60), open + 2);
            return false;
        }
        buf_add(out, text, (size_t)(open - text));
        buf_adds(out, value);
        text = close + 2;
    }
    return buf_add(out, text, (size_t)(end - text));
}

void volatile_values_release(struct volatile_values *v) {
    for (size_t i = 0; i < v->count; i++) {
        free(v->items[i].name);
        free(v->items[i].text);
    }
    free(v->items);
    *v = (struct volatile_values){0};
}

void volatile_ids_release(struct volatile_ids *ids) {
    json_decref(ids->names);
    ids->names = NULL;
}
