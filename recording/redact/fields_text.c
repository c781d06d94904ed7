/* A text of unknown make comes in; out go the values that stand behind secret names, and
 * the text around them, as leaves. */
#include <jansson.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"

enum {
    MIN_CREDENTIAL = 6, /* characters behind Bearer */
    MAX_TAG = 1024,     /* bytes to the end of <payload ..> and of [..] */
    MAX_BACKSLASHES = 16,
};

struct found { /* a value in a text */
    const char *from, *to;
    bool quoted; /* in double quotes, as JSON has them */
};

static const char *skip_blanks(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

/* A quote, after any number of backslashes (JSON in JSON): its length. */
static size_t quote_len(const char *p, const char *end) {
    const char *q = p;

    while (q < end && *q == '\\' && q - p < MAX_BACKSLASHES)
        q++;
    return q < end && (*q == '"' || *q == '\'') ? (size_t)(q + 1 - p) : 0;
}

/* Up to the same quote again. */
static bool quoted_value(const char *p, const char *end, size_t quote,
                         struct found *found) {
    const char *q = p + quote;

    found->from = q;
    found->quoted = quote == 1 && *p == '"';
    while (q < end && (size_t)(end - q) >= quote && memcmp(q, p, quote) != 0)
        q += *q == '\\' && quote == 1 && q + 1 < end ? 2 : 1;
    found->to = (size_t)(end - q) >= quote ? q : end;
    found->quoted = found->quoted && found->to < end;
    return true;
}

static bool value_until(const char *p, const char *end, const char *stops,
                        struct found *found) {
    found->quoted = false;
    found->from = p;
    while (p < end && !(*p && strchr(stops, *p)))
        p++;
    while (p > found->from && (p[-1] == ' ' || p[-1] == '\r'))
        p--;
    found->to = p;
    return p > found->from;
}

static bool begins_line(const char *text, const char *name) {
    while (name > text && (name[-1] == ' ' || name[-1] == '\t' || name[-1] == '-'))
        name--;
    return name == text || name[-1] == '\n';
}

/* Is this the name of an XML element: <payload or <ns:payload? */
static bool is_element(const char *text, const char *name) {
    if (name > text && name[-1] == ':')
        for (name--; name > text && str_is_word_char(name[-1]);)
            name--;
    return name > text && name[-1] == '<';
}

/* <payload ..>value</payload> */
static bool element_value(const char *p, const char *end, struct found *found) {
    p = memchr(p, '>', (size_t)(end - p < MAX_TAG ? end - p : MAX_TAG));
    return p && p[-1] != '/' && value_until(p + 1, end, "<", found);
}

/* Behind the name that stands at `name` and ends at `p`: is there a value of it? */
static bool value_behind(const struct field_walk *w, const char *text, const char *name,
                         const char *p, const char *end, struct found *found) {
    size_t quote = quote_len(p, end);
    const char *close;
    bool escaped, colon;

    p += quote;
    if (!quote && p < end && (*p == '>' || *p == ' ') && is_element(text, name))
        return element_value(p, end, found);
    if (end - p > 1 && *p == '[' &&
        (close = memchr(p, ']', (size_t)(end - p < MAX_TAG ? end - p : MAX_TAG))))
        p = close + 1;
    p = skip_blanks(p, end);
    if (quote && end - p > 6 && strncasecmp(p, "value", 5) == 0)
        p = skip_blanks(p + 5, end); /* name="payload" value=".." */
    escaped = end - p > 3 && *p == '%' && p[1] == '3';
    colon = p < end && (*p == ':' || (escaped && (p[2] | 0x20) == 'a'));
    if (p == end || !(colon || *p == '=' || (escaped && (p[2] | 0x20) == 'd')))
        return false;
    p += escaped ? 3 : 1;
    if (p < end && *p == '>') /* => */
        p++;
    p = skip_blanks(p, end);
    if ((quote = quote_len(p, end)))
        return quoted_value(p, end, quote, found);
    if (!colon)
        return value_until(p, end, "&;\n\"<>", found);
    if (p < end && p[-1] == ':' && *p >= '0' && *p <= '9')
        return false; /* payload:1 is a token */
    /* in a message "payload: too long" is none; a line of its own is one */
    return begins_line(text, name) && (!w->depth || name > text) &&
           value_until(p, end, "\n", found);
}

/* Behind a name with a value is one of these; most words have none. */
static bool may_have_value(const char *p, const char *end) {
    return p < end && memchr("\"'\\:=>[ \t%", *p, 10);
}

static const char *word_end(const char *p, const char *end) {
    while (p < end && str_is_word_char(*p))
        p++;
    return p;
}

/* "No such secret: 'a'" tells a name; only `"secret": ".."` and `secret=..` tell one. */
static bool is_noun(const char *name, const char *p, const char *end) {
    size_t len = (size_t)(p - name);

    return p < end && *p == ':' &&
           ((len == 6 && strncasecmp(name, "secret", 6) == 0) ||
            (len == 7 && strncasecmp(name, "secrets", 7) == 0));
}

/* `YOUR_SECRET_KEY` stands for one. */
static bool looks_random(const struct found *found) {
    bool digit = false, small = false, large = false;

    for (const char *p = found->from; p < found->to; p++) {
        digit = digit || (*p >= '0' && *p <= '9');
        small = small || (*p >= 'a' && *p <= 'z');
        large = large || (*p >= 'A' && *p <= 'Z');
    }
    return digit || (small && large);
}

/* What kind of secret has this name here? In a URL `?key=` is one. */
static enum secret_kind kind_at(const struct field_walk *w, const char *text,
                                const char *name, const char *end,
                                const char *text_end) {
    size_t len = (size_t)(end - name);
    struct buf path = BUF_INIT(BUF_UNLIMITED);
    enum secret_kind kind;

    if (is_noun(name, end, text_end))
        return SECRET_NONE;
    if (secret_name_is_key(name, len) && name > text && strchr("?&", name[-1]))
        return SECRET_CREDENTIAL;
    buf_addc(&path, '.');
    buf_add(&path, name, len);
    kind = field_kind(w, name, len, w->rules->chosen_count ? path.ptr : NULL);
    buf_release(&path);
    return kind;
}

/* "Bearer s3cr3t", "Basic c2VjcmV0" anywhere in a text. */
static bool scheme_value(const char *name, const char *p, const char *end,
                         struct found *found) {
    static const char stops[] = " \t\r\n\"'<>,;\\&";
    size_t len = (size_t)(p - name);

    if (p == end || *p != ' ' ||
        !((len == 6 && strncasecmp(name, "Bearer", 6) == 0) ||
          (len == 5 && strncasecmp(name, "Basic", 5) == 0)))
        return false;
    p++;
    return value_until(p, end, stops, found) &&
           found->to - found->from >= MIN_CREDENTIAL && looks_random(found);
}

static void text_leaf(const struct field_walk *w, const char *from, const char *to) {
    struct leaf leaf = field_make(w, LEAF_TEXT, from, (size_t)(to - from));

    if (leaf.len)
        w->use(w->context, &leaf);
}

static void value_leaf(const struct field_walk *w, enum secret_kind kind,
                       const char *name, size_t name_len, const struct found *found) {
    struct leaf leaf =
        field_make(w, LEAF_TEXT, found->from, (size_t)(found->to - found->from));
    json_t *decoded =
        found->quoted ? jsonx_load(found->from - 1, leaf.len + 2, 1, NULL) : NULL;

    leaf.secret = kind;
    leaf.name = name;
    leaf.name_len = name_len;
    if (decoded) {
        leaf.value = json_string_value(decoded);
        leaf.value_len = json_string_length(decoded);
    }
    field_leaf(w, &leaf);
    json_decref(decoded);
}

/* `Basic dXNlcjpwYXNzd29yZA==` has a password in it. */
static void basic_leaf(const struct field_walk *w, const struct found *found) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    struct field_walk inner = *w;
    const char *colon;

    inner.depth++;
    if (str_from_base64(&plain, found->from, (size_t)(found->to - found->from)) &&
        (colon = memchr(plain.ptr, ':', plain.len))) {
        const char *from = colon[1] ? colon + 1 : plain.ptr;
        struct leaf leaf = field_make(&inner, LEAF_TEXT, from,
                                      colon[1] ? plain.len - (size_t)(from - plain.ptr)
                                               : (size_t)(colon - from));

        leaf.secret = SECRET_CREDENTIAL;
        w->use(w->context, &leaf);
    }
    buf_release(&plain);
}

void fields_walk_text(const struct field_walk *w, const char *text, size_t len) {
    const char *end = text + len, *done = text, *stop;

    for (const char *at = text; at < end; at = stop) {
        struct found found;
        enum secret_kind kind = SECRET_NONE;

        stop = word_end(at, end);
        if (stop == at) {
            stop++;
            continue;
        }
        if (scheme_value(at, stop, end, &found))
            kind = SECRET_CREDENTIAL;
        else if (may_have_value(stop, end) &&
                 (kind = kind_at(w, text, at, stop, end)) &&
                 !value_behind(w, text, at, stop, end, &found))
            kind = SECRET_NONE;
        if (!kind || found.to == found.from)
            continue;
        if ((*at | 0x20) == 'b')
            basic_leaf(w, &found);
        text_leaf(w, done, found.from);
        value_leaf(w, kind, at, (size_t)(stop - at), &found);
        done = found.to;
        stop = done > stop ? done : stop;
    }
    text_leaf(w, done, end);
}
