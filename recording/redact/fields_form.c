/* A form or a multipart body comes in; out go its names and values as leaves. */
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"

enum { MAX_KEY = 256 };

/* "a[b][]" to ".a.b"; blanks around it are no part of a name. */
static void path_of_key(const char *key, size_t len, struct buf *path) {
    while (len && *key == ' ')
        key++, len--;
    while (len && key[len - 1] == ' ')
        len--;
    buf_addc(path, '.');
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '[' && i + 1 < len && key[i + 1] != ']')
            buf_addc(path, '.');
        else if (key[i] != '[' && key[i] != ']')
            buf_addc(path, key[i]);
    }
}

/* What kind of secret is under a path: by its last name that is none of a place in a
 * list, or by one of its containers. */
static enum secret_kind kind_of_path(const struct field_walk *w, const char *path) {
    enum secret_kind kind = SECRET_NONE, found;
    size_t n;

    for (const char *at = path; *at == '.' && kind != SECRET_PAYLOAD; at += 1 + n) {
        n = strcspn(at + 1, ".");
        found = field_kind(w, at + 1, n, NULL);
        if (found)
            kind = found;
        else if (n && strspn(at + 1, "0123456789") < n && kind == SECRET_CREDENTIAL &&
                 (field_is_structure(at + 1, n) ||
                  secret_name_is_identifier(at + 1, n)))
            kind = SECRET_NONE;
    }
    return kind ? kind : field_kind(w, "", 0, path);
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* What is decoded at text[i], 1 or 3 bytes. */
static size_t decode(const char *text, size_t len, size_t i, char *out) {
    char hex[3];

    *out = text[i];
    if (text[i] != '%' || len - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        return 1;
    memcpy(hex, text + i + 1, 2);
    hex[2] = '\0';
    *out = (char)strtoul(hex, NULL, 16);
    return 3;
}

/* Where the first byte stands, as it is written, that makes a text no UTF-8; `len` = it is
 * UTF-8. */
static size_t no_utf8_at(const char *text, size_t len, const struct buf *plain) {
    size_t bad = 0, i = 0, n;
    char c;

    while (bad < plain->len && (n = str_utf8_step(plain->ptr + bad, plain->len - bad)))
        bad += n;
    for (; bad < plain->len && bad; bad--)
        i += decode(text, len, i, &c);
    return bad < plain->len ? i : len;
}

/* %z and bytes that are no UTF-8: the first of each, in their order. */
void fields_form_flaws(const char *text, size_t len, struct buf *out) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    size_t percent = len, after, utf8;
    char c;

    for (size_t i = 0, n; i < len; i += n) {
        n = decode(text, len, i, &c);
        buf_addc(&plain, c);
        if (text[i] == '%' && n == 1 && percent == len)
            percent = i;
    }
    utf8 = no_utf8_at(text, len, &plain);
    after = len - percent < 3 ? len : percent + 3;
    if (utf8 < percent)
        buf_add(out, text + utf8, decode(text, len, utf8, &c));
    buf_add(out, text + percent, after - percent);
    if (utf8 < len && utf8 >= after)
        buf_add(out, text + utf8, decode(text, len, utf8, &c));
    buf_release(&plain);
}

static void put_key(const struct field_walk *w, const char *key, size_t len) {
    struct leaf leaf = field_make(w, LEAF_KEY, key, len);

    leaf.structure = field_is_structure(key, len);
    field_leaf(w, &leaf);
}

/* name=a;payload=b */
static bool has_separator(const char *text, size_t len) {
    return memchr(text, ';', len) || memchr(text, '\n', len);
}

static void walk_pair(const struct field_walk *w, const char *pair, size_t len) {
    const char *equals = memchr(pair, '=', len), *text = equals ? equals + 1 : NULL;
    struct buf path = BUF_INIT(BUF_UNLIMITED), flaw = BUF_INIT(BUF_UNLIMITED);
    struct form form = {0};
    struct leaf leaf;

    if (!equals || !form_parse(&form, pair, len, 1, NULL) || form.count != 1) {
        fields_walk_text(w, pair, len);
        form_release(&form);
        return;
    }
    path_of_key(form.pairs[0].key, form.pairs[0].key_len, &path);
    leaf = field_make(w, LEAF_FORM, text, len - (size_t)(text - pair));
    leaf.secret = kind_of_path(w, path.ptr);
    leaf.name = strrchr(path.ptr, '.') + 1;
    leaf.name_len = strlen(leaf.name);
    leaf.value = form.pairs[0].value;
    leaf.value_len = form.pairs[0].value_len;
    if (leaf.secret) {
        fields_form_flaws(text, leaf.len, &flaw);
        leaf.flaw = flaw.ptr;
        leaf.flaw_len = flaw.len;
    }
    if (leaf.secret || w->depth || !has_separator(text, leaf.len)) {
        put_key(w, pair, (size_t)(equals - pair));
        field_leaf(w, &leaf);
    } else if (field_is_structure(pair, (size_t)(equals - pair))) {
        put_key(w, pair, (size_t)(equals - pair));
        fields_walk_text(w, text, leaf.len);
    } else {
        fields_walk_text(w, pair, len);
    }
    buf_release(&path);
    buf_release(&flaw);
    form_release(&form);
}

void fields_walk_form(const struct field_walk *w, const char *form, size_t len) {
    while (len) {
        const char *end = memchr(form, '&', len);
        size_t n = end ? (size_t)(end - form) : len;

        if (n)
            walk_pair(w, form, n);
        n += end != NULL;
        form += n;
        len -= n;
    }
}

/* --- multipart/form-data (RFC 7578), with whatever line ends --- */

/* The value of the parameter `name` of a part's Content-Disposition; its length. */
static size_t part_name(const char *head, size_t len, const char **name) {
    const char *end = head + len;

    for (const char *at = head; end - at > 5; at++) {
        const char *p = at + 4, *stop;
        bool star;

        if (strncasecmp(at, "name", 4) != 0 || (at > head && !strchr("; \t", at[-1])))
            continue;
        star = p < end && *p == '*';
        p += star;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if (p == end || *p++ != '=')
            continue;
        while (p < end && (*p == ' ' || *p == '\t' || *p == '"'))
            p++;
        for (stop = p; stop < end && !strchr("\"\r\n;", *stop);)
            stop++;
        if (star && memrchr(p, '\'', (size_t)(stop - p))) /* utf-8''name */
            p = (const char *)memrchr(p, '\'', (size_t)(stop - p)) + 1;
        *name = p;
        return (size_t)(stop - p);
    }
    return 0;
}

/* The empty line that ends a head: where the value begins, or NULL. */
static const char *head_end(const char *at, const char *end) {
    for (; (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        if (end - at > 1 && at[1] == '\n')
            return at + 2;
        if (end - at > 2 && at[1] == '\r' && at[2] == '\n')
            return at + 3;
    }
    return NULL;
}

/* Where the line end before the next delimiter begins, or `end`. */
static const char *part_end(const char *at, const char *end, const char *delimiter,
                            size_t len) {
    for (const char *p = at; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        if ((size_t)(end - p) > len && memcmp(p + 1, delimiter, len) == 0)
            return p > at && p[-1] == '\r' ? p - 1 : p;
    return end;
}

/* The type of a part that has parts itself, else NULL. */
static const char *is_multipart_head(const char *head, size_t len) {
    static const char type[] = "multipart/";

    return str_find(head, len, type, sizeof(type) - 1) ? type : NULL;
}

static void walk_part(const struct field_walk *w, const char *head, const char *value,
                      const char *end) {
    struct buf path = BUF_INIT(MAX_KEY);
    struct leaf leaf = field_make(w, LEAF_TEXT, head, (size_t)(value - head));
    const char *name = "";
    size_t n = part_name(head, leaf.len, &name), flaw = 0, step;

    w->use(w->context, &leaf);
    path_of_key(name, n, &path);
    leaf = field_make(w, LEAF_TEXT, value, (size_t)(end - value));
    leaf.secret = n && !path.failed ? kind_of_path(w, path.ptr) : SECRET_NONE;
    leaf.name = name;
    leaf.name_len = n;
    if (!leaf.secret) {
        struct field_walk inner = *w;

        inner.level++;
        fields_walk_any(&inner, is_multipart_head(head, (size_t)(value - head)), value,
                        leaf.len);
        buf_release(&path);
        return;
    }
    while (flaw < leaf.len && (step = str_utf8_step(value + flaw, leaf.len - flaw)))
        flaw += step;
    leaf.flaw = value + flaw;
    leaf.flaw_len = flaw < leaf.len;
    field_leaf(w, &leaf);
    buf_release(&path);
}

void fields_walk_multipart(const struct field_walk *w, const char *body, size_t len) {
    const char *end = body + len, *at = body, *delimiter = body;
    size_t delimiter_len = 0;

    if (memcmp(body, "--", 2) != 0 && (delimiter = str_find(body, len, "\n--", 3)))
        delimiter++; /* behind a preamble */
    while (delimiter && delimiter + delimiter_len < end &&
           !strchr("\r\n \t", delimiter[delimiter_len]))
        delimiter_len++;
    while (delimiter && at < end) {
        const char *value = head_end(at, end), *value_end;

        if (!value)
            break;
        value_end = part_end(value, end, delimiter, delimiter_len);
        walk_part(w, at, value, value_end);
        at = value_end;
    }
    if (at < end) {
        struct leaf leaf = field_make(w, LEAF_TEXT, at, (size_t)(end - at));

        w->use(w->context, &leaf);
    }
}
