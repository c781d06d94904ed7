/* Text of an unknown make comes in. The same text goes out with whatever reads like a
 * named field replaced. */
#include <jansson.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"

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

    while (q < end && *q == '\\')
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
    p = memchr(p, '>', (size_t)(end - p));
    return p && p[-1] != '/' && value_until(p + 1, end, "<", found);
}

/* Behind the name that stands at `name` and ends at `p`: is there a value of it? */
static bool value_behind(const char *text, const char *name, const char *p,
                         const char *end, struct found *found) {
    size_t quote = quote_len(p, end);
    bool escaped, colon;

    p += quote;
    if (!quote && p < end && (*p == '>' || *p == ' ') && is_element(text, name))
        return element_value(p, end, found);
    if (end - p > 1 && *p == '[' && memchr(p, ']', (size_t)(end - p)))
        p = (const char *)memchr(p, ']', (size_t)(end - p)) + 1;
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
    return begins_line(text, name) && value_until(p, end, "\n", found);
}

/* The field whose name begins at `at`, from 1; 0 = none. */
static size_t field_at(const struct field_set *s, const char *at, size_t len,
                       size_t *name_len) {
    for (size_t i = 0; i < s->count; i++) {
        size_t n = field_spelt(at, len, s->paths[i]);

        if (!n || (n < len && str_is_word_char(at[n])))
            continue;
        *name_len = n;
        return i + 1;
    }
    return 0;
}

static bool put_value(const struct replacing *r, size_t field,
                      const struct found *found) {
    size_t len = (size_t)(found->to - found->from);
    json_t *decoded =
        found->quoted ? jsonx_load(found->from - 1, len + 2, 1, NULL) : NULL;
    bool put = decoded ? fields_put(r, field, json_string_value(decoded),
                                    json_string_length(decoded))
                       : fields_put(r, field, found->from, len);

    json_decref(decoded);
    return put;
}

void fields_replace_text(const struct replacing *r, const char *text, size_t len) {
    const char *end = text + len, *done = text;

    for (const char *at = text; at < end; at++) {
        struct found found;
        size_t name, field;

        if (!str_is_word_char(*at) || (at > text && str_is_word_char(at[-1])) ||
            !(field = field_at(r->set, at, (size_t)(end - at), &name)) ||
            !value_behind(text, at, at + name, end, &found))
            continue;
        buf_add(r->out, done, (size_t)(found.from - done));
        done = put_value(r, field, &found) ? found.to : found.from;
        at = done > at ? done - 1 : at;
    }
    buf_add(r->out, done, (size_t)(end - done));
}
