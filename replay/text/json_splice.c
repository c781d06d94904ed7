/* JSON text comes in. The same bytes go out with some strings and integers replaced. */
#include "replay/text/json_splice.h"

#include <stdlib.h>
#include <string.h>

#include "core/json_tame.h"
#include "core/jsonx.h"
#include "core/mem.h"

enum { ESCAPES_ASCII = 1, ESCAPES_SLASH = 2, ESCAPES_HTML = 4 };

struct splice_slot { /* one value in the text */
    size_t at, len;
    const json_t *object, *value; /* of the tree */
    const char *key;
};

struct json_splice {
    const char *text;
    size_t len;
    json_t *root;     /* NULL = no JSON */
    unsigned escapes; /* what its strings have escaped that need not be */
    struct splice_slot *slots;
    size_t count, cap;
};

struct splice_walk {
    struct json_splice *plan;
    const char *at, *end;
    bool (*wanted)(const char *key, const json_t *value);
};

static void skip_blanks(struct splice_walk *k) {
    while (k->at < k->end && (*k->at == ' ' || *k->at == '\t' || *k->at == '\r' ||
                              *k->at == '\n' || *k->at == ',' || *k->at == ':'))
        k->at++;
}

static size_t string_len(const struct splice_walk *k) {
    const char *p = k->at + 1;

    while (p < k->end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return (size_t)(p + 1 - k->at);
}

static void add_slot(struct splice_walk *k, size_t len, const json_t *value,
                     const json_t *object, const char *key) {
    struct json_splice *p = k->plan;

    if (!k->wanted(key, value))
        return;
    if (p->count == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 8;
        p->slots = mem_grow(p->slots, p->cap, sizeof(*p->slots));
    }
    p->slots[p->count++] = (struct splice_slot){.at = (size_t)(k->at - p->text),
                                                .len = len,
                                                .object = object,
                                                .value = value,
                                                .key = key};
}

static void walk_value(struct splice_walk *k, const json_t *value, const json_t *object,
                       const char *key);

/* The key as the tree has it: it lives as long. */
static const char *key_in(const json_t *object, const char *name) {
    json_t *o = (json_t *)(uintptr_t)object;
    void *i = name ? json_object_iter_at(o, name) : NULL;

    return i ? json_object_iter_key(i) : "";
}

/* What is told in an object without an id is told of the one around it that has one. */
static void walk_object(struct splice_walk *k, const json_t *object,
                        const json_t *around) {
    const json_t *of = json_object_get(around, "id") && !json_object_get(object, "id")
                           ? around
                           : object;

    k->at++;
    for (skip_blanks(k); k->at < k->end && *k->at != '}'; skip_blanks(k)) {
        size_t len = string_len(k);
        json_t *key = jsonx_load(k->at, len, 1, NULL);
        const char *name = key_in(object, json_string_value(key));

        json_decref(key);
        k->at += len;
        skip_blanks(k);
        walk_value(k, json_object_get(object, name), of, name);
    }
    k->at++;
}

static void walk_array(struct splice_walk *k, const json_t *array, const json_t *object,
                       const char *key) {
    size_t i = 0;

    k->at++;
    for (skip_blanks(k); k->at < k->end && *k->at != ']'; skip_blanks(k))
        walk_value(k, json_array_get(array, i++), object, key);
    k->at++;
}

static void walk_bare(struct splice_walk *k, const json_t *value, const json_t *object,
                      const char *key) {
    size_t len = 0;

    while (k->at + len < k->end && !strchr(" \t\r\n,:]}", k->at[len]))
        len++;
    if (json_is_number(value))
        add_slot(k, len, value, object, key);
    k->at += len;
}

static void walk_value(struct splice_walk *k, const json_t *value, const json_t *object,
                       const char *key) {
    size_t len;

    if ((*k->at == '{' && !json_is_object(value)) ||
        (*k->at == '[' && !json_is_array(value))) {
        k->at = json_container_end(k->at, k->end); /* the tree has text for it */
    } else if (*k->at == '{') {
        walk_object(k, value, object);
    } else if (*k->at == '[') {
        walk_array(k, value, object, key);
    } else if (*k->at == '"') {
        len = string_len(k);
        add_slot(k, len, value, object, key);
        k->at += len;
    } else {
        walk_bare(k, value, object, key);
    }
}

/* A text without any such character does not tell. */
static unsigned escapes_in(const char *text, size_t len) {
    unsigned escapes = 0;

    for (const char *at = memchr(text, '\\', len); at && at + 1 < text + len;
         at = memchr(at, '\\', len - (size_t)(at - text))) {
        bool code = at[1] == 'u' && at + 6 <= text + len;

        if (at[1] == '/')
            escapes |= ESCAPES_SLASH;
        else if (code && memcmp(at + 2, "00", 2) == 0 && at[4] < '8')
            escapes |= memcmp(at + 4, "26", 2) == 0 ||
                               strncasecmp(at + 4, "3c", 2) == 0 ||
                               strncasecmp(at + 4, "3e", 2) == 0
                           ? ESCAPES_HTML
                           : 0;
        else if (code)
            escapes |= ESCAPES_ASCII;
        at += 2;
    }
    return escapes;
}

struct json_splice *json_splice_new(const char *text, size_t len,
                                    bool (*wanted)(const char *key,
                                                   const json_t *value)) {
    struct json_splice *p = mem_new(1, sizeof(*p));
    struct splice_walk k = {p, text, text + len, wanted};

    p->text = text;
    p->len = len;
    p->escapes = escapes_in(text, len);
    p->root = jsonx_told(text, len);
    if (p->root) {
        skip_blanks(&k);
        walk_value(&k, p->root, NULL, "");
    }
    return p;
}

/* As some languages write them into JSON for a page. */
static void put_for_html(struct buf *out, const char *quoted) {
    for (const char *at = quoted; *at; at++)
        if (*at == '<' || *at == '>' || *at == '&')
            buf_addf(out, "\\u%04x", (unsigned)*at);
        else
            buf_addc(out, *at);
}

static void put_string(struct buf *out, const char *text, unsigned escapes) {
    json_t *value = jsonx_text(text, strlen(text));
    char *quoted = json_dumps(
        value, JSON_ENCODE_ANY | (escapes & ESCAPES_ASCII ? JSON_ENSURE_ASCII : 0) |
                   (escapes & ESCAPES_SLASH ? JSON_ESCAPE_SLASH : 0));

    if (escapes & ESCAPES_HTML)
        put_for_html(out, quoted);
    else
        buf_adds(out, quoted);
    free(quoted);
    json_decref(value);
}

static bool number_text(const char *text) {
    json_t *value = jsonx_load(text, strlen(text), 1, NULL);
    bool is = json_is_number(value);

    json_decref(value);
    return is;
}

/* The whole part of a number; its fraction stays. */
static bool put_real(const char *like, const struct splice_slot *s,
                     const struct json_splice_values *w, struct buf *out) {
    size_t whole = strspn(like, "0123456789"),
           fraction =
               like[whole] == '.' ? 1 + strspn(like + whole + 1, "0123456789") : 0;
    int64_t number;

    if (whole + fraction != s->len ||
        !w->number(w->context, s->object, s->key, (int64_t)json_real_value(s->value),
                   &number))
        return false;
    return buf_addf(out, "%lld%.*s", (long long)number, (int)fraction, like + whole);
}

static bool put_slot(const char *like, const struct splice_slot *s, unsigned escapes,
                     const struct json_splice_values *w, struct buf *out) {
    int64_t number;
    char *text;

    if (json_is_real(s->value))
        return put_real(like, s, w, out);
    if (json_is_integer(s->value)) {
        if (!w->number(w->context, s->object, s->key, json_integer_value(s->value),
                       &number))
            return false;
        return buf_addf(out, "%lld", (long long)number);
    }
    text = w->text(w->context, s->object, s->key, json_string_value(s->value));
    if (!text || strcmp(text, json_string_value(s->value)) == 0) {
        free(text);
        return false;
    }
    if (w->is_number(json_string_value(s->value)) && number_text(text))
        buf_adds(out, text);
    else
        put_string(out, text, escapes);
    free(text);
    return true;
}

void json_splice_run(const struct json_splice *p, const struct json_splice_values *w,
                     struct buf *out) {
    size_t at = 0;
    char *other = NULL;

    if (!p->root && p->len && strlen(p->text) == p->len)
        other = w->text(w->context, NULL, NULL, p->text);
    if (other) {
        buf_adds(out, other);
        free(other);
        return;
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct splice_slot *s = &p->slots[i];

        buf_add(out, p->text + at, s->at - at);
        if (!put_slot(p->text + s->at, s, p->escapes, w, out))
            buf_add(out, p->text + s->at, s->len);
        at = s->at + s->len;
    }
    buf_add(out, p->text + at, p->len - at);
}

const json_t *json_splice_root(const struct json_splice *p) {
    return p->root;
}

void json_splice_free(struct json_splice *p) {
    if (!p)
        return;
    json_decref(p->root);
    free(p->slots);
    free(p);
}
