/* JSON text or values come in. Values with places, pointers into them and text go out.
 * */
#include "core/jsonx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json_tame.h"
#include "core/str.h"

enum { USUAL_DEPTH = 64 };

/* jansson has a fixed limit of its own (2,048); ours is told by the caller. */
static bool too_deep(const char *text, size_t len, unsigned max_depth) {
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth)
                return true;
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return false;
}

json_t *jsonx_load(const char *text, size_t len, unsigned max_depth, struct err *err) {
    json_error_t error;
    json_t *value;

    if (too_deep(text, len, max_depth)) {
        err_at(err, ERR_LIMIT, 0, 0, "JSON nested deeper than %u", max_depth);
        return NULL;
    }
    value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
        err_at(err, ERR_SYNTAX, error.line < 1 ? 1 : error.line,
               error.column < 1 ? 1 : error.column, "%s", error.text);
    return value;
}

json_t *jsonx_load_file(const char *path, size_t max_bytes, struct err *err) {
    size_t len;
    char *text = file_slurp(path, max_bytes, &len, err);
    json_t *value = text ? jsonx_load(text, len, USUAL_DEPTH, err) : NULL;

    free(text);
    if (!value)
        err_in(err, path);
    return value;
}

json_t *jsonx_told(const char *text, size_t len) {
    json_t *value = jsonx_load(text, len, USUAL_DEPTH, NULL);
    struct buf tamed = BUF_INIT(BUF_UNLIMITED);

    if (!value && json_tame(&tamed, text, len, USUAL_DEPTH))
        value = jsonx_load(tamed.ptr, tamed.len, USUAL_DEPTH, NULL);
    buf_release(&tamed);
    return value;
}

json_t *jsonx_body(const struct http_response *r) {
    const char *mark = "\xef\xbb\xbf"; /* a reader may pass over it (RFC 8259, 8.1) */
    size_t skip = r->body_len > 3 && memcmp(r->body, mark, 3) == 0 ? 3 : 0;

    return r->body && r->body_len ? jsonx_told(r->body + skip, r->body_len - skip)
                                  : NULL;
}

/* One reference token with ~0 and ~1 undone (RFC 6901, section 4). */
static void add_token(struct buf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '~' && i + 1 < len && strchr("01", text[i + 1]);

        if (escape)
            buf_addc(out, text[++i] == '0' ? '~' : '/');
        else
            buf_addc(out, text[i]);
    }
}

/* Digits without a leading zero, as RFC 6901 has it. */
static const json_t *item_at(const json_t *array, const struct buf *token) {
    int64_t index;

    if ((token->ptr[0] == '0' && token->len > 1) ||
        !str_to_int(token->ptr, token->len, &index) || token->ptr[0] == '-')
        return NULL;
    return json_array_get(array, (size_t)index);
}

json_t *jsonx_at(const json_t *root, const char *pointer) {
    const json_t *at = root;

    while (at && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");
        struct buf token = BUF_INIT(BUF_UNLIMITED);

        add_token(&token, pointer, n);
        at = json_is_array(at) ? item_at(at, &token) : json_object_get(at, token.ptr);
        pointer += n;
        buf_release(&token);
    }
    return *pointer == '\0' ? (json_t *)(uintptr_t)at : NULL;
}

bool jsonx_pointer_add(struct buf *pointer, const char *token) {
    buf_addc(pointer, '/');
    while (*token) {
        size_t plain = strcspn(token, "~/");

        buf_add(pointer, token, plain);
        token += plain;
        if (*token)
            buf_adds(pointer, *token++ == '~' ? "~0" : "~1");
    }
    return !pointer->failed;
}

bool jsonx_only(const json_t *object, const char *const *words, size_t count,
                const char *what, struct err *err) {
    const char *key, *near;
    json_t *value;

    if (!json_is_object(object))
        return err_at(err, ERR_SYNTAX, 0, 0, "%s is %s, not object", what,
                      jsonx_type(object));
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        size_t i = 0;

        while (i < count && strcmp(words[i], key) != 0)
            i++;
        if (i < count)
            continue;
        near = str_nearest(key, words, count);
        return err_at(err, ERR_SYNTAX, 0, 0, "unknown member \"%.60s\" of %s%s%s%s",
                      key, what, near ? "; did you mean \"" : "", near ? near : "",
                      near ? "\"?" : "");
    }
    return true;
}

const char *jsonx_type(const json_t *value) {
    if (!value)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

/* What RFC 8259, section 7, wants escaped; all else as it is. */
static void add_quoted(struct buf *out, const char *text, size_t len) {
    static const char short_for[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    size_t from = 0;

    buf_addc(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char word = c < sizeof(short_for) ? short_for[c] : '\0';

        if (!word && c >= 0x20)
            continue;
        buf_add(out, text + from, i - from);
        from = i + 1;
        if (word) {
            buf_addc(out, '\\');
            buf_addc(out, word);
        } else {
            buf_addf(out, "\\u%04X", c);
        }
    }
    buf_add(out, text + from, len - from);
    buf_addc(out, '"');
}

static void new_line(struct buf *out, unsigned indent, unsigned depth) {
    static const char spaces[] = "                                ";

    if (!indent)
        return;
    buf_addc(out, '\n');
    for (size_t n = (size_t)indent * depth; n;) {
        size_t some = n < sizeof(spaces) - 1 ? n : sizeof(spaces) - 1;

        buf_add(out, spaces, some);
        n -= some;
    }
}

static void add_value(struct buf *out, const json_t *value, unsigned indent,
                      unsigned depth);

static void add_array(struct buf *out, const json_t *array, unsigned indent,
                      unsigned depth) {
    size_t n = json_array_size(array);

    buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_addc(out, ',');
        new_line(out, indent, depth + 1);
        add_value(out, json_array_get(array, i), indent, depth + 1);
    }
    if (n)
        new_line(out, indent, depth);
    buf_addc(out, ']');
}

static void add_object(struct buf *out, const json_t *value, unsigned indent,
                       unsigned depth) {
    json_t *object = (json_t *)(uintptr_t)value;
    bool any = false;

    buf_addc(out, '{');
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        if (any)
            buf_addc(out, ',');
        any = true;
        new_line(out, indent, depth + 1);
        add_quoted(out, json_object_iter_key(i), json_object_iter_key_len(i));
        buf_add(out, ": ", indent ? 2 : 1);
        add_value(out, json_object_iter_value(i), indent, depth + 1);
    }
    if (any)
        new_line(out, indent, depth);
    buf_addc(out, '}');
}

static void add_value(struct buf *out, const json_t *value, unsigned indent,
                      unsigned depth) {
    char digits[32];
    char *text;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_object(out, value, indent, depth);
        break;
    case JSON_ARRAY:
        add_array(out, value, indent, depth);
        break;
    case JSON_STRING:
        add_quoted(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        buf_add(out, digits,
                (size_t)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
                                 json_integer_value(value)));
        break;
    case JSON_REAL:
        text = json_dumps(value, JSON_ENCODE_ANY);
        buf_adds(out, text ? text : "null");
        free(text);
        break;
    case JSON_TRUE:
        buf_add(out, "true", 4);
        break;
    case JSON_FALSE:
        buf_add(out, "false", 5);
        break;
    case JSON_NULL:
        buf_add(out, "null", 4);
        break;
    }
}

bool jsonx_write(struct buf *out, const json_t *value, unsigned indent) {
    add_value(out, value, indent, 0);
    return !out->failed;
}

bool jsonx_add(struct buf *out, const json_t *value) {
    return value ? jsonx_write(out, value, 0) : buf_adds(out, "nothing");
}

static void add_mended(struct buf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t n = str_utf8_step(text + i, len - i);

        if (n)
            buf_add(out, text + i, n);
        else
            buf_adds(out, "\xef\xbf\xbd");
        i += n ? n : 1;
    }
}

json_t *jsonx_text(const char *text, size_t len) {
    json_t *value = json_stringn(text, len);
    struct buf mended = BUF_INIT(BUF_UNLIMITED);

    if (value)
        return value;
    add_mended(&mended, text, len);
    value = json_stringn(mended.ptr, mended.len);
    buf_release(&mended);
    return value;
}

bool jsonx_add_text(struct buf *out, const char *text, size_t len) {
    struct buf mended = BUF_INIT(BUF_UNLIMITED);

    if (str_utf8_valid(text, len)) {
        add_quoted(out, text, len);
    } else {
        add_mended(&mended, text, len);
        add_quoted(out, mended.ptr, mended.len);
        buf_release(&mended);
    }
    return !out->failed;
}

const char *jsonx_string(const json_t *object, const char *key, const char *fallback) {
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : fallback;
}

int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback) {
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}
