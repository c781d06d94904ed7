#include "core/replay/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"

enum { MAX_DEPTH = 64 };

struct walk {
    const struct rewriting *w;
    const char *at, *end;
    struct buf *out;
};

static void copy_blanks(struct walk *k) {
    while (k->at < k->end && strchr(" \t\r\n,:", *k->at) && *k->at)
        buf_addc(k->out, *k->at++);
}

static size_t string_len(const struct walk *k) {
    const char *p = k->at + 1;

    while (p < k->end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return (size_t)(p + 1 - k->at);
}

static void put_string(struct buf *out, const char *text, bool ascii) {
    json_t *value = jsonx_text(text, strlen(text));
    char *quoted = json_dumps(value, JSON_ENCODE_ANY | (ascii ? JSON_ENSURE_ASCII : 0));

    buf_adds(out, quoted);
    free(quoted);
    json_decref(value);
}

static void walk_string(struct walk *k, const json_t *value, const json_t *object,
                        const char *key) {
    size_t len = string_len(k);
    const char *old = json_string_value(value);
    char *text = k->w->text(k->w->context, object, key, old);

    if (text && strcmp(text, old) != 0)
        put_string(k->out, text, memchr(k->at, '\\', len) != NULL);
    else
        buf_add(k->out, k->at, len);
    free(text);
    k->at += len;
}

static void walk_bare(struct walk *k, const json_t *value, const json_t *object,
                      const char *key) {
    const char *from = k->at;
    int64_t number;

    while (k->at < k->end && !strchr(" \t\r\n,:]}", *k->at))
        k->at++;
    if (json_is_integer(value) && k->w->number(k->w->context, object, key,
                                               json_integer_value(value), &number))
        buf_addf(k->out, "%lld", (long long)number);
    else
        buf_add(k->out, from, (size_t)(k->at - from));
}

static void walk_value(struct walk *k, const json_t *value, const json_t *object,
                       const char *key);

static void walk_object(struct walk *k, const json_t *object) {
    buf_addc(k->out, *k->at++);
    for (copy_blanks(k); k->at < k->end && *k->at != '}'; copy_blanks(k)) {
        size_t len = string_len(k);
        json_t *key = jsonx_load(k->at, len, 1, NULL);
        const char *name = json_string_value(key);

        buf_add(k->out, k->at, len);
        k->at += len;
        copy_blanks(k);
        walk_value(k, json_object_get(object, name), object, name);
        json_decref(key);
    }
    buf_addc(k->out, *k->at++);
}

static void walk_array(struct walk *k, const json_t *array, const json_t *object,
                       const char *key) {
    size_t i = 0;

    buf_addc(k->out, *k->at++);
    for (copy_blanks(k); k->at < k->end && *k->at != ']'; copy_blanks(k))
        walk_value(k, json_array_get(array, i++), object, key);
    buf_addc(k->out, *k->at++);
}

static void walk_value(struct walk *k, const json_t *value, const json_t *object,
                       const char *key) {
    if (*k->at == '{')
        walk_object(k, value);
    else if (*k->at == '[')
        walk_array(k, value, object, key);
    else if (*k->at == '"')
        walk_string(k, value, object, key);
    else
        walk_bare(k, value, object, key);
}

void rewrite_json(const struct rewriting *w, const char *text, size_t len,
                  struct buf *out) {
    json_t *root = jsonx_load(text, len, MAX_DEPTH, NULL);
    struct walk k = {w, text, text + len, out};
    char *other;

    if (root) {
        copy_blanks(&k);
        walk_value(&k, root, NULL, NULL);
        buf_add(out, k.at, (size_t)(k.end - k.at));
        json_decref(root);
    } else if (len && strlen(text) == len && (other = w->text(w->context, NULL, NULL, text))) {
        buf_adds(out, other);
        free(other);
    } else {
        buf_add(out, text, len);
    }
}
