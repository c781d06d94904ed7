/* A form comes in as text, or a tree of parameters. Pairs and trees go out, or the text
 * of a form. */
#include "core/form.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum { FORM_DEPTH = 8 }; /* brackets of one key; what is deeper stays text */

void form_add(struct form *f, const char *key, size_t key_len, const char *value,
              size_t value_len) {
    struct form_pair *p;

    if (f->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 8;
        f->pairs = mem_grow(f->pairs, f->cap, sizeof(*f->pairs));
    }
    p = &f->pairs[f->count++];
    p->key = mem_strndup(key, key_len);
    p->key_len = key_len;
    p->value = mem_strndup(value, value_len);
    p->value_len = value_len;
    p->has_equals = true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decode in place of a fresh copy; returns it and its length. */
static char *decode(const char *text, size_t len, size_t *out_len, size_t *bad) {
    char *out = mem_strndup(text, len);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '+') {
            out[n++] = ' ';
        } else if (text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
                   hex_digit(text[i + 2]) >= 0) {
            out[n++] = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            *bad += text[i] == '%';
            out[n++] = text[i];
        }
    }
    out[n] = '\0';
    *out_len = n;
    return out;
}

bool form_parse(struct form *f, const char *text, size_t len, size_t max_pairs,
                struct err *err) {
    size_t i = 0;

    while (i < len) {
        const char *part = text + i, *amp = memchr(part, '&', len - i);
        size_t part_len = amp ? (size_t)(amp - part) : len - i;
        const char *eq = memchr(part, '=', part_len);
        size_t key_len = eq ? (size_t)(eq - part) : part_len, size;
        struct form_pair *p;
        char *decoded;

        i += part_len + 1;
        if (part_len == 0)
            continue;
        if (f->count >= max_pairs)
            return err_at(err, ERR_LIMIT, 0, 0, "more than %zu parameters", max_pairs);
        form_add(f, "", 0, "", 0);
        p = &f->pairs[f->count - 1];
        p->has_equals = eq != NULL;
        decoded = decode(part, key_len, &size, &f->bad_percent);
        free(p->key);
        p->key = decoded;
        p->key_len = size;
        if (eq) {
            decoded = decode(eq + 1, part_len - key_len - 1, &size, &f->bad_percent);
            free(p->value);
            p->value = decoded;
            p->value_len = size;
        }
    }
    return true;
}

const struct form_pair *form_get(const struct form *f, const char *key) {
    size_t len = strlen(key);

    for (size_t i = f->count; i-- > 0;)
        if (f->pairs[i].key_len == len && memcmp(f->pairs[i].key, key, len) == 0)
            return &f->pairs[i];
    return NULL;
}

static void write_text(struct buf *out, const char *text, size_t len, unsigned flags) {
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c != ' ' && !((c == '[' || c == ']') && flags & FORM_RAW_BRACKETS))
            continue;
        str_add_percent(out, text + from, i - from);
        if (c == ' ')
            buf_adds(out, flags & FORM_PERCENT_SPACE ? "%20" : "+");
        else
            buf_addc(out, c);
        from = i + 1;
    }
    str_add_percent(out, text + from, len - from);
}

bool form_write(struct buf *out, const struct form *f, unsigned flags) {
    for (size_t i = 0; i < f->count; i++) {
        const struct form_pair *p = &f->pairs[i];

        if (i)
            buf_addc(out, '&');
        write_text(out, p->key, p->key_len, flags);
        if (p->has_equals)
            buf_addc(out, '=');
        write_text(out, p->value, p->value_len, flags & ~(unsigned)FORM_RAW_BRACKETS);
    }
    return !out->failed;
}

struct key_part {
    const char *text;
    size_t len;
};

/* `a[b][]` into a, b, "". A key whose brackets do not fit is one part as it is. */
static size_t split_key(const struct form_pair *p,
                        struct key_part parts[FORM_DEPTH + 1]) {
    const char *open = memchr(p->key, '[', p->key_len);
    size_t n = 1, at;

    parts[0] = (struct key_part){p->key, p->key_len};
    if (!open || open == p->key)
        return 1;
    at = (size_t)(open - p->key);
    while (at < p->key_len) {
        const char *inner = p->key + at + 1;
        const char *close =
            p->key[at] == '[' ? memchr(inner, ']', p->key_len - at - 1) : NULL;

        if (!close || n > FORM_DEPTH)
            return 1;
        parts[n++] = (struct key_part){inner, (size_t)(close - inner)};
        at = (size_t)(close - p->key) + 1;
    }
    parts[0].len = (size_t)(open - p->key);
    return n;
}

static bool is_index(const struct key_part *part) {
    int64_t n;

    return part->len == 0 || (part->len < 5 && part->text[0] != '-' &&
                              str_to_int(part->text, part->len, &n));
}

/* Put one pair at its place below `node`, making what is on the way. */
static bool place(json_t *node, const struct key_part *parts, size_t count,
                  json_t *value, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        bool list_below = !last && is_index(&parts[i + 1]);
        json_t *child;

        if (json_is_array(node)) {
            if (!is_index(&parts[i]))
                goto clash;
            child = last         ? json_incref(value)
                    : list_below ? json_array()
                                 : json_object();
            json_array_append(node, child);
            json_decref(child);
            node = child;
            continue;
        }
        if (!json_is_object(node) || (i && parts[i].len == 0))
            goto clash;
        child = json_object_getn(node, parts[i].text, parts[i].len);
        if (last) {
            if (child && !json_is_string(child))
                goto clash;
            if (json_object_setn(node, parts[i].text, parts[i].len, value))
                return err_at(err, ERR_SYNTAX, 0, 0, "a parameter name is not UTF-8");
            return true;
        }
        if (!child) {
            child = list_below ? json_array() : json_object();
            if (json_object_setn_new(node, parts[i].text, parts[i].len, child))
                return err_at(err, ERR_SYNTAX, 0, 0, "a parameter name is not UTF-8");
        }
        node = child;
    }
    return true;
clash:
    return err_at(err, ERR_SYNTAX, 0, 0, "parameter \"%.*s\" is given in two shapes",
                  (int)parts[0].len, parts[0].text);
}

json_t *form_to_json(const struct form *f, struct err *err) {
    json_t *root = json_object();

    for (size_t i = 0; i < f->count; i++) {
        const struct form_pair *p = &f->pairs[i];
        struct key_part parts[FORM_DEPTH + 1];
        size_t n = split_key(p, parts);
        json_t *value = json_stringn(p->value, p->value_len);
        bool ok = value ? place(root, parts, n, value, err)
                        : err_at(err, ERR_SYNTAX, 0, 0, "a parameter is not UTF-8");

        json_decref(value);
        if (!ok) {
            json_decref(root);
            return NULL;
        }
    }
    return root;
}

static void add_tree(struct form *f, struct buf *key, const json_t *value,
                     unsigned flags);

static void add_member(struct form *f, struct buf *key, const char *name, size_t len,
                       const json_t *value, unsigned flags) {
    size_t before = key->len;

    if (before)
        buf_addc(key, '[');
    buf_add(key, name, len);
    if (before)
        buf_addc(key, ']');
    add_tree(f, key, value, flags);
    buf_cut(key, before);
}

static void add_tree(struct form *f, struct buf *key, const json_t *value,
                     unsigned flags) {
    char *text;

    if (json_is_object(value)) {
        const char *name;
        size_t len;
        json_t *member;
        void *iter = json_object_iter((json_t *)(uintptr_t)value);

        for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)value, iter)) {
            name = json_object_iter_key(iter);
            len = json_object_iter_key_len(iter);
            member = json_object_iter_value(iter);
            add_member(f, key, name, len, member, flags);
        }
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            char index[24] = "";

            if (flags & FORM_INDEXED)
                snprintf(index, sizeof(index), "%zu", i);
            add_member(f, key, index, strlen(index), json_array_get(value, i), flags);
        }
    } else if (json_is_string(value)) {
        form_add(f, key->ptr, key->len, json_string_value(value),
                 json_string_length(value));
    } else {
        text =
            json_is_null(value) ? mem_strdup("") : json_dumps(value, JSON_ENCODE_ANY);
        form_add(f, key->ptr, key->len, text ? text : "", text ? strlen(text) : 0);
        free(text);
    }
}

void form_from_json(struct form *f, const json_t *tree, unsigned flags) {
    struct buf key = BUF_INIT(BUF_UNLIMITED);

    if (json_is_object(tree))
        add_tree(f, &key, tree, flags);
    buf_release(&key);
}

void form_release(struct form *f) {
    for (size_t i = 0; i < f->count; i++) {
        free(f->pairs[i].key);
        free(f->pairs[i].value);
    }
    free(f->pairs);
    memset(f, 0, sizeof(*f));
}
