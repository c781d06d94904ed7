/* JSON text comes in. The same text goes out with the values of named members replaced.
 * */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"
#include "recording/redact/redactor.h"

enum { MAX_DEPTH = 64, MAX_KEY = 256, MIN_MARKED = 4 };

struct scan {
    const struct replacing *r;
    const char *at, *end;
    char path[MAX_DEPTH * 16 + MAX_KEY];
    size_t path_len, lengths[MAX_DEPTH]; /* of the path at each open bracket */
    size_t depth;
};

/* Past the closing quote of a string that begins at s->at, or the end. */
static const char *string_end(const struct scan *s) {
    const char *p = s->at + 1;

    while (p < s->end && *p != '"')
        p += *p == '\\' && p + 1 < s->end ? 2 : 1;
    return p < s->end ? p + 1 : s->end;
}

static json_t *decode_string(const char *text, size_t len) {
    return jsonx_load(text, len, 1, NULL);
}

static const char *after_space(const struct scan *s, const char *p) {
    while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* The path of the container: what is deeper than MAX_DEPTH is named by its key alone.
 */
static size_t base_length(const struct scan *s) {
    return s->depth && s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
}

static void take_key(struct scan *s, const char *text, size_t len) {
    s->path_len = base_length(s);
    if (text && s->path_len + len + 2 < sizeof(s->path)) {
        s->path[s->path_len++] = '.';
        memcpy(s->path + s->path_len, text, len);
        s->path_len += len;
    }
    s->path[s->path_len] = '\0';
}

/* Members whose value is a name of the API's own: which parameter, which type. */
static bool names_structure(const char *path, size_t len) {
    static const char *const members[] = {".param", ".object", ".type", ".url"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        size_t n = strlen(members[i]);

        if (len >= n && memcmp(path + len - n, members[i], n) == 0)
            return true;
    }
    return false;
}

static bool is_key(const struct scan *s, const char *end) {
    const char *next = after_space(s, end);

    return next < s->end && *next == ':' && s->depth;
}

static void take_string(struct scan *s) {
    const char *end = string_end(s), *inner = s->at + 1;
    bool closed = end - s->at > 1 && end[-1] == '"';
    size_t len = (size_t)(end - inner) - closed, field;
    json_t *decoded = decode_string(s->at, (size_t)(end - s->at));
    const char *text = decoded ? json_string_value(decoded) : inner;
    size_t text_len = decoded ? json_string_length(decoded) : len;

    buf_addc(s->r->out, '"');
    if (is_key(s, end)) {
        take_key(s, text, text_len);
        fields_put_key(s->r->out, inner, len);
    } else if ((field = fields_find(s->r->set, s->path))) {
        if (!fields_put(s->r, field, text, text_len))
            buf_add(s->r->out, inner, len);
    } else if (len && names_structure(s->path, s->path_len)) {
        fields_put_key(s->r->out, inner, len);
    } else if (str_find(inner, len, "\\\"", 2)) {
        fields_replace_text(s->r, inner, len); /* JSON in a string */
    } else {
        buf_add(s->r->out, inner, len);
    }
    if (closed)
        buf_addc(s->r->out, '"');
    json_decref(decoded);
    s->at = end;
}

static bool is_literal(const char *text, size_t len) {
    return (len == 4 &&
            (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0)) ||
           (len == 5 && memcmp(text, "false", 5) == 0);
}

static bool is_number(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!memchr("0123456789+-.eE", text[i], 15))
            return false;
    return len > 0;
}

/* The end of a number, a literal, or what JSON does not know: a bare word, a text in
 * single quotes. */
static const char *bare_end(const struct scan *s) {
    const char *p = s->at + 1;

    if (*s->at == '\'') {
        while (p < s->end && *p != '\'')
            p++;
        return p < s->end ? p + 1 : p;
    }
    while (p < s->end && !memchr(" \t\r\n,]}:\"", *p, 9))
        p++;
    return p;
}

/* Under a secret field it becomes a string, which says so if it was a number, but for
 * true, false and null. Any other number stays one: its digits are no place to search
 * for a secret. */
static void take_bare(struct scan *s) {
    const char *end = bare_end(s), *inner = s->at;
    size_t len = (size_t)(end - s->at), inner_len = len, field;
    bool number = is_number(s->at, len);
    const char *text = NULL;

    if (*inner == '\'' && len > 1)
        inner++, inner_len -= 1 + (end[-1] == '\'');
    if (is_key(s, end)) {
        take_key(s, inner, inner_len);
        buf_add(s->r->out, s->at, len);
        s->at = end;
        return;
    }
    field = fields_find(s->r->set, s->path);
    if (field && !is_literal(inner, inner_len))
        text = s->r->with(s->r->context, inner, inner_len, field);
    if (text)
        buf_addf(s->r->out, "\"%s%s\"", text, number ? REDACTOR_NUMBER : "");
    else if (number && len >= MIN_MARKED)
        buf_addf(s->r->out, "%c%.*s%c", FIELD_MARK, (int)len, s->at, FIELD_MARK);
    else
        buf_add(s->r->out, s->at, len);
    s->at = end;
}

static void open_bracket(struct scan *s) {
    if (s->depth < MAX_DEPTH)
        s->lengths[s->depth] = s->path_len;
    s->depth++;
    buf_addc(s->r->out, *s->at++);
}

static void close_bracket(struct scan *s) {
    if (s->depth) {
        s->path_len = s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
        s->path[s->path_len] = '\0';
        s->depth--;
    }
    buf_addc(s->r->out, *s->at++);
}

void fields_replace_json(const struct replacing *r, const char *text, size_t len) {
    struct scan *s = mem_new(1, sizeof(*s));

    s->r = r;
    s->at = text;
    s->end = text + len;
    while (s->at < s->end) {
        switch (*s->at) {
        case '"':
            take_string(s);
            break;
        case '{':
        case '[':
            open_bracket(s);
            break;
        case '}':
        case ']':
            close_bracket(s);
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case ',':
        case ':':
            buf_addc(r->out, *s->at++);
            break;
        default:
            take_bare(s);
        }
    }
    free(s);
}
