/* JSON comes in, also broken; out go its keys, strings and numbers as leaves. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"
#include "recording/redact/token.h"

enum {
    MAX_DEPTH = 64,
    MAX_KEY = 256,
    MIN_BYTES = 4,  /* numbers that are the bytes of a text */
    MIN_DIGITS = 3, /* of a credential */
    MIN_RANDOM_KEY = 8
};

struct scan {
    const struct field_walk *w;
    const char *at, *end;
    char path[MAX_DEPTH * 16 + MAX_KEY];
    size_t path_len, lengths[MAX_DEPTH]; /* of the path at each open bracket */
    enum secret_kind kinds[MAX_DEPTH];   /* what stands in each */
    enum secret_kind said[MAX_DEPTH];    /* .. by `"name": "password"` in it */
    enum secret_kind kind;               /* of the present member, by its own name */
    size_t depth;
    char name[MAX_KEY];
    size_t name_len;
};

/* Past the closing quote of a string that begins at s->at, or the end. */
static const char *string_end(const struct scan *s) {
    const char *p = s->at + 1;

    while (p < s->end && *p != '"')
        p += *p == '\\' && p + 1 < s->end ? 2 : 1;
    return p < s->end ? p + 1 : s->end;
}

static const char *after_space(const struct scan *s, const char *p) {
    while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* --- names --- */

/* The path of the container: what is deeper than MAX_DEPTH is named by its key alone.
 */
static size_t base_length(const struct scan *s) {
    return s->depth && s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
}

static void take_key(struct scan *s, const char *text, size_t len) {
    s->path_len = base_length(s);
    if (s->path_len + len + 2 < sizeof(s->path)) {
        s->path[s->path_len++] = '.';
        memcpy(s->path + s->path_len, text, len);
        s->path_len += len;
    }
    s->path[s->path_len] = '\0';
    s->kind = field_kind(s->w, text, len, s->path);
    s->name_len = len < sizeof(s->name) ? len : sizeof(s->name);
    memcpy(s->name, text, s->name_len);
}

static enum secret_kind inherited(const struct scan *s) {
    return s->depth && s->depth <= MAX_DEPTH ? s->kinds[s->depth - 1] : SECRET_NONE;
}

static bool is_named(const struct scan *s, const char *const *names) {
    for (; *names; names++)
        if (strlen(*names) == s->name_len &&
            strncasecmp(*names, s->name, s->name_len) == 0)
            return true;
    return false;
}

/* `{"name": "DB_PASSWORD", "value": ..}`, as a header, a variable, a patch has it. */
static enum secret_kind said(const struct scan *s) {
    static const char *const values[] = {"value", "values",  "val",
                                         "v",     "content", NULL};

    return s->depth && s->depth <= MAX_DEPTH && s->said[s->depth - 1] &&
                   is_named(s, values)
               ? s->said[s->depth - 1]
               : SECRET_NONE;
}

static void take_said(struct scan *s, const char *text, size_t len) {
    static const char *const names[] = {"name",   "key",   "path",  "field", "param",
                                        "header", "label", "title", "k",     NULL};
    const char *from = text + len;

    if (!s->depth || s->depth > MAX_DEPTH || !is_named(s, names))
        return;
    while (from > text && from[-1] != '/' && from[-1] != '.')
        from--;
    s->said[s->depth - 1] = field_kind(s->w, from, (size_t)(text + len - from), NULL);
}

/* In `"credentials": {..}` all is secret but what has a name of another kind. */
static enum secret_kind kind_here(const struct scan *s) {
    enum secret_kind kind = inherited(s);

    if (s->kind)
        return s->kind;
    if (said(s))
        return said(s);
    if (kind == SECRET_CREDENTIAL && s->name_len &&
        (field_is_structure(s->name, s->name_len) ||
         secret_name_is_identifier(s->name, s->name_len)))
        return SECRET_NONE;
    return kind;
}

/* Members whose value is a name of the API's own: which parameter, which type. */
static bool names_structure(const struct scan *s) {
    static const char *const members[] = {"param", "object", "type", "url"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (strlen(members[i]) == s->name_len &&
            memcmp(members[i], s->name, s->name_len) == 0)
            return true;
    return false;
}

static bool is_key(const struct scan *s, const char *end) {
    const char *next = after_space(s, end);

    return next < s->end && (*next == ':' || *next == '=') && s->depth;
}

/* --- strings --- */

static int hex_value(const char *p, const char *end) {
    char digits[5] = {0};

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++)
        if (!memchr("0123456789abcdefABCDEF", p[i], 22))
            return -1;
    memcpy(digits, p, 4);
    return (int)strtoul(digits, NULL, 16);
}

/* What is wrong with the escape at p, in bytes; *taken is its length. */
static size_t escape_flaw(const char *p, const char *end, size_t *taken) {
    int c, low;

    *taken = end - p < 2 ? 1 : 2;
    if (*taken == 1 || !strchr("\"\\/bfnrtu", p[1]) || !p[1])
        return *taken;
    if (p[1] != 'u')
        return 0;
    if ((c = hex_value(p + 2, end)) < 0)
        return 2;
    *taken = 6;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        low = hex_value(p + 8, end);
        if (low >= 0xdc00 && low < 0xe000) {
            *taken = 12;
            return 0;
        }
    }
    return c >= 0xd800 && c < 0xe000 ? 6 : 0;
}

/* What makes a string no string of JSON: the first of each kind. */
void fields_string_flaws(const char *text, size_t len, struct buf *out) {
    bool control = false, escape = false, surrogate = false, utf8 = false;
    const char *end = text + len;
    size_t n, flaw;

    for (const char *p = text; p < end; p += n) {
        n = 1;
        flaw = 0;
        if (*p == '\\') {
            flaw = escape_flaw(p, end, &n);
            if (flaw == 6 ? surrogate : escape)
                flaw = 0;
            surrogate = surrogate || flaw == 6;
            escape = escape || (flaw && flaw < 6);
        } else if ((unsigned char)*p < 0x20) {
            flaw = !control;
            control = true;
        } else if (!(n = str_utf8_step(p, (size_t)(end - p)))) {
            flaw = !utf8;
            utf8 = true;
            n = 1;
        }
        buf_add(out, p, flaw);
    }
}

/* What a string says; NULL = as it stands. */
static json_t *decode(const struct scan *s, const char *end) {
    const char *escape = memchr(s->at, '\\', (size_t)(end - s->at));

    return escape ? jsonx_load(s->at, (size_t)(end - s->at), 1, NULL) : NULL;
}

static void put_string(struct scan *s, struct leaf *leaf) {
    struct buf flaw = BUF_INIT(BUF_UNLIMITED);

    leaf->secret = kind_here(s);
    if (!leaf->value_len || (leaf->secret == SECRET_CREDENTIAL && leaf->value_len < 6 &&
                             (memcmp(leaf->value, "true", leaf->value_len) == 0 ||
                              memcmp(leaf->value, "false", leaf->value_len) == 0 ||
                              memcmp(leaf->value, "null", leaf->value_len) == 0)))
        leaf->secret = SECRET_NONE;
    leaf->name = s->name;
    leaf->name_len = s->name_len;
    leaf->structure = !leaf->secret && names_structure(s) &&
                      field_is_structure(leaf->value, leaf->value_len);
    if (leaf->secret) {
        fields_string_flaws(s->at + 1, leaf->len, &flaw);
        leaf->flaw = flaw.ptr;
        leaf->flaw_len = flaw.len;
    }
    field_leaf(s->w, leaf);
    buf_release(&flaw);
}

/* `"payload": {"9-qX~Zx41": true}`: a key that is no name may be a part of it. */
static bool is_value(const char *text, size_t len) {
    bool digit = false, letter = false;

    for (size_t i = 0; i < len; i++) {
        digit = digit || (text[i] >= '0' && text[i] <= '9');
        letter = letter || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z');
        if (!str_is_word_char(text[i]) && !strchr(".$[]", text[i]))
            return len >= MIN_BYTES;
    }
    return digit && letter && len >= MIN_RANDOM_KEY;
}

static void take_string(struct scan *s) {
    const char *end = string_end(s), *inner = s->at + 1;
    bool closed = end - s->at > 1 && end[-1] == '"', key = is_key(s, end);
    struct leaf leaf = field_make(s->w, key ? LEAF_KEY : LEAF_STRING, inner,
                                  (size_t)(end - inner) - closed);
    json_t *decoded = decode(s, end);

    if (decoded) {
        leaf.value = json_string_value(decoded);
        leaf.value_len = json_string_length(decoded);
    }
    if (key) {
        if (inherited(s) && is_value(leaf.value, leaf.value_len))
            leaf.secret = inherited(s);
        take_key(s, leaf.value, leaf.value_len);
        leaf.structure = field_is_structure(inner, leaf.len);
        field_leaf(s->w, &leaf);
    } else {
        put_string(s, &leaf);
        take_said(s, leaf.value, leaf.value_len);
    }
    json_decref(decoded);
    s->at = end;
}

/* --- what is no string --- */

static bool is_literal(const char *text, size_t len) {
    static const char *const literals[] = {"true",     "false",     "null",     "NaN",
                                           "Infinity", "-Infinity", "undefined"};

    for (size_t i = 0; i < ARRAY_LEN(literals); i++)
        if (strlen(literals[i]) == len && memcmp(literals[i], text, len) == 0)
            return true;
    return false;
}

static const char *digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* -12.5e+7, as RFC 8259 has it. */
static bool is_number(const char *p, size_t len) {
    const char *end = p + len, *from;

    p += p < end && *p == '-';
    from = p;
    p = digits(p, end);
    if (p == from || (*from == '0' && p - from > 1))
        return false;
    if (p < end && *p == '.') {
        from = ++p;
        if ((p = digits(p, end)) == from)
            return false;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        from = p;
        if ((p = digits(p, end)) == from)
            return false;
    }
    return p == end;
}

/* The end of a number, a literal, or what JSON does not know: a token, a bare word, a text
 * in single quotes. */
static const char *bare_end(const struct scan *s) {
    const char *p = s->at + 1;
    size_t token = redactor_token(s->at, (size_t)(s->end - s->at));

    if (token)
        return s->at + token;
    if (*s->at == '\'') {
        while (p < s->end && *p != '\'')
            p++;
        return p < s->end ? p + 1 : p;
    }
    while (p < s->end && !memchr(" \t\r\n,]}:=\"", *p, 10))
        p++;
    return p;
}

/* A secret number becomes a string, which says so; true, false and null stay. */
static void take_bare(struct scan *s) {
    const char *end = bare_end(s), *inner = s->at;
    size_t len = (size_t)(end - s->at);
    struct leaf leaf;

    if (*inner == '\'' && len > 1)
        inner++, len -= 1 + (end[-1] == '\'');
    leaf = field_make(s->w, LEAF_BARE, inner, len);
    leaf.number = is_number(inner, len);
    if (is_key(s, end)) {
        leaf.kind = LEAF_KEY;
        take_key(s, inner, len);
    } else {
        leaf.name = s->name;
        leaf.name_len = s->name_len;
        leaf.secret = is_literal(inner, len) ? SECRET_NONE : kind_here(s);
        if (leaf.secret == SECRET_CREDENTIAL && leaf.number && len < MIN_DIGITS)
            leaf.secret = SECRET_NONE;
    }
    field_leaf(s->w, &leaf);
    s->at = end;
}

/* --- brackets --- */

/* `115, 51, 99]`: the bytes of a text, as some languages write them. They go together:
 * one by one they would still tell which are alike. */
static void take_bytes(struct scan *s) {
    struct buf bytes = BUF_INIT(BUF_UNLIMITED);
    const char *p = after_space(s, s->at), *from = p, *last = p;
    struct leaf leaf;

    while (p < s->end && *p >= '0' && *p <= '9') {
        const char *stop = digits(p, s->end);

        if (stop - p > 3 || !is_number(p, (size_t)(stop - p)))
            break;
        buf_addc(&bytes, (char)strtoul(p, NULL, 10));
        last = stop;
        p = after_space(s, stop);
        if (p == s->end || *p != ',')
            break;
        p = after_space(s, p + 1);
    }
    if (bytes.len >= MIN_BYTES && p < s->end && *p == ']') {
        leaf = field_make(s->w, LEAF_BYTES, from, (size_t)(last - from));
        leaf.number = true;
        leaf.secret = kind_here(s);
        leaf.name = s->name;
        leaf.name_len = s->name_len;
        leaf.value = bytes.ptr;
        leaf.value_len = bytes.len;
        field_leaf(s->w, &leaf);
        s->at = last;
    }
    buf_release(&bytes);
}

static void open_bracket(struct scan *s) {
    bool list = *s->at == '[';
    enum secret_kind kind = kind_here(s);
    /* `"secret": {..}` is an object of the API */
    bool noun = kind == SECRET_CREDENTIAL && s->name_len >= 6 && s->name_len <= 7 &&
                strncasecmp(s->name, "secrets", s->name_len) == 0;

    if (s->depth < MAX_DEPTH) {
        s->lengths[s->depth] = s->path_len;
        s->kinds[s->depth] = noun ? SECRET_NONE : kind;
        s->said[s->depth] = SECRET_NONE;
    }
    s->depth++;
    s->kind = SECRET_NONE;
    s->at++;
    if (list && kind_here(s))
        take_bytes(s);
    if (!list)
        s->name_len = 0;
}

static void close_bracket(struct scan *s) {
    if (s->depth) {
        s->path_len = s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
        s->path[s->path_len] = '\0';
        s->depth--;
    }
    s->kind = SECRET_NONE;
    s->at++;
}

void fields_walk_json(const struct field_walk *w, const char *text, size_t len) {
    struct scan *s = mem_new(1, sizeof(*s));

    s->w = w;
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
        case ',':
            s->kind = SECRET_NONE; /* the next member has a name of its own */
            s->at++;
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case ':':
        case '=':
            s->at++;
            break;
        default:
            take_bare(s);
        }
    }
    free(s);
}
