/* A name in a text comes in. The place of its value goes out, however it is written. */
#include "recording/redact/text_value.h"

#include <string.h>

#include "core/str.h"
#include "recording/redact/token.h"

enum {
    MIN_CREDENTIAL = 6, /* characters behind Bearer */
    MAX_TAG = 1024,     /* bytes to the end of <payload ..> and of [..] */
    MAX_TAGS = 8,       /* between a name in a tag and its value */
    MAX_BACKSLASHES = 16,
    MAX_PROSE = 512,
    MAX_QUOTED = 256, /* of a value without a name */
    MAX_MARK = 64,    /* of a block of YAML: `|-` and the line end */
    MAX_TYPE = 64,    /* of `string(26)`, `Some(` before a value */
};

static const char *skip_blanks(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static const char *skip_space(const char *p, const char *end) {
    while (p < end && *p && strchr(" \t\r\n", *p))
        p++;
    return p;
}

static bool begins(const char *p, const char *end, const char *with) {
    size_t n = strlen(with);

    return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* A quote, after any number of backslashes (JSON in JSON): its length. */
static size_t quote_len(const char *p, const char *end) {
    const char *q = p;

    while (q < end && *q == '\\' && q - p < MAX_BACKSLASHES)
        q++;
    return q < end && (*q == '"' || *q == '\'') ? (size_t)(q + 1 - p) : 0;
}

/* Up to the same quote again. */
static bool value_in_quotes(const char *p, const char *end, size_t quote,
                            struct text_value *value) {
    const char *q = p + quote, triple[] = {*p, *p, *p, '\0'};

    if (quote == 1 && begins(p, end, triple)) { /* of Python, TOML */
        value->quoted = false;
        value->from = skip_space(p + 3, end);
        q = str_find(value->from, (size_t)(end - value->from), triple, 3);
        for (value->to = q ? q : end; value->to > value->from && value->to[-1] == '\n';)
            value->to--;
        return value->to > value->from;
    }
    value->from = q;
    while (q < end && (size_t)(end - q) >= quote && memcmp(q, p, quote) != 0)
        q += *q == '\\' && quote == 1 && q + 1 < end ? 2 : 1;
    value->to = q < end && (size_t)(end - q) >= quote ? q : end;
    value->quoted = quote == 1 && *p == '"' && value->to < end;
    return true;
}

static bool value_until(const char *p, const char *end, const char *stops,
                        struct text_value *value) {
    value->quoted = false;
    value->from = p;
    while (p < end && !(*p && strchr(stops, *p)))
        p++;
    while (p > value->from && (p[-1] == ' ' || p[-1] == '\r'))
        p--;
    value->to = p;
    return p > value->from;
}

/* --- markup --- */

/* Is this the name of an XML element: <payload or <ns:payload? */
static bool is_element(const char *text, const char *name) {
    if (name > text && name[-1] == ':')
        for (name--; name > text && str_is_word_char(name[-1]);)
            name--;
    return name > text && name[-1] == '<';
}

static const char *tag_end(const char *p, const char *end) {
    return memchr(p, '>', (size_t)(end - p < MAX_TAG ? end - p : MAX_TAG));
}

static bool value_in_element(const char *p, const char *end, struct text_value *value) {
    static const char cdata[] = "<![CDATA[";
    const char *from = skip_space(p, end), *close;

    if (!begins(from, end, cdata))
        return value_until(p, end, "<", value);
    value->quoted = false;
    value->from = from + sizeof(cdata) - 1;
    close = str_find(value->from, (size_t)(end - value->from), "]]>", 3);
    value->to = close ? close : end;
    return value->to > value->from;
}

/* <payload ..>value</payload> */
static bool value_of_element(const char *p, const char *end, struct text_value *value) {
    p = tag_end(p, end);
    return p && p[-1] != '/' && value_in_element(p + 1, end, value);
}

/* `</td><td>value`, `</b>: value`: behind a name that is the text of an element. */
static bool value_behind_tag(const char *p, const char *end, struct text_value *value) {
    bool separated = false;

    for (int tags = 0; tags < MAX_TAGS && p < end; tags++) {
        p = skip_space(p, end);
        if (p < end && (*p == ':' || *p == '=')) {
            separated = true;
            p = skip_space(p + 1, end);
        }
        if (p == end || *p != '<' || begins(p, end, "<!["))
            break;
        separated = separated || p[1] != '/';
        if (!(p = tag_end(p, end)))
            return false;
        p++;
    }
    return separated && value_in_element(p, end, value);
}

/* --- lines --- */

/* Nothing but what comments and lists begin with stands before it in its line. */
static bool begins_line(const char *text, const char *name) {
    while (name > text && name[-1] != '\n' && strchr(" \t-*/#>|", name[-1]))
        name--;
    return name == text || name[-1] == '\n';
}

/* `payload: |` and the lines that are further in than it. */
static bool value_of_block(const struct text_name *n, const char *p,
                           struct text_value *value) {
    const char *end = n->text_end, *line,
               *body =
                   memchr(p, '\n', (size_t)(end - p < MAX_MARK ? end - p : MAX_MARK));
    size_t outer = 0;

    if (!body || !strchr("|>", *p) ||
        strspn(p, "|>+-0123456789 \t\r") < (size_t)(body - p))
        return false;
    for (line = n->from; line > n->text && line[-1] != '\n';)
        line--;
    outer = strspn(line, " ");
    value->quoted = false;
    value->from = skip_blanks(body + 1, end);
    for (line = body + 1; line < end; line = memchr(line, '\n', (size_t)(end - line)),
        line = line ? line + 1 : end) {
        size_t inner = strspn(line, " ");

        if (inner <= outer && line[inner] != '\n')
            break;
    }
    value->to = line > value->from && line[-1] == '\n' ? line - 1 : line;
    return value->to > value->from;
}

/* `name:value other:value]`, as Go prints a struct: where it ends. */
static bool value_in_dump(const char *p, const char *end, struct text_value *value) {
    static const char stops[] = "]})\n\"<>,;&";
    const char *word = p; /* since the last blank */

    value->quoted = false;
    value->from = p;
    for (; p < end && !(*p && strchr(stops, *p)); p++) {
        if (*p == ' ')
            word = p + 1;
        else if (*p == ':' && word > value->from && p > word)
            break; /* ` other:` */
        else if (!str_is_word_char(*p))
            word = value->from;
    }
    value->to = p < end && *p == ':' && word > value->from ? word - 1 : p;
    while (value->to > value->from && (value->to[-1] == ' ' || value->to[-1] == '\r'))
        value->to--;
    return value->to > value->from;
}

static bool is_nothing(const struct text_value *v) {
    static const char *const words[] = {"true", "false", "null",
                                        "nil",  "None",  "undefined"};
    size_t len = (size_t)(v->to - v->from);

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == len && memcmp(words[i], v->from, len) == 0)
            return true;
    return false;
}

/* In "invalid payload: 9-qX~Zx41 marble" the rest of the line; in "payload: too long" no
 * word looks as if it was one of a secret. */
static bool value_in_prose(const char *p, const char *end, struct text_value *value) {
    const char *word = p;

    if (!value_until(p, end - p > MAX_PROSE ? p + MAX_PROSE : end, "\n\"<>", value))
        return false;
    for (; p <= value->to; p++) {
        if (p < value->to && *p != ' ')
            continue;
        if (text_value_is_random(word, p))
            return value->guessed = true;
        word = p + 1;
    }
    return false;
}

/* Behind `name:` */
static bool value_behind_colon(const struct text_name *n, const char *p,
                               struct text_value *value) {
    const char *end = n->text_end, *from = skip_blanks(p, end);
    bool open = n->from > n->text && strchr("{[(,;", n->from[-1]),
         whole = n->nested && n->from == n->text;

    if (from == end || redactor_token(n->from, (size_t)(end - n->from)))
        return false;
    if (from == p && *p >= '0' && *p <= '9' && !open)
        return false; /* host:80 */
    if (from == p)
        return !whole && value_in_dump(p, end, value) && !is_nothing(value);
    if (value_of_block(n, from, value))
        return true;
    if (n->from > n->text + 1 && n->from[-1] == ' ')
        open = open || strchr("{[(,;", n->from[-2]);
    if (open)
        return value_in_dump(from, end, value) && !is_nothing(value);
    /* in a message "payload: too long" is none; a line of its own is one */
    if (begins_line(n->text, n->from) && !whole)
        return value_until(from, end, "\n", value);
    return value_in_prose(from, end, value);
}

/* --- without a separator --- */

/* No character of a text: what binary formats have between a name and a value. */
static size_t binary_step(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;

    return (c < 0x20 && !strchr("\t\r\n", *p)) || c == 0x7f || !c ||
                   !str_utf8_step(p, (size_t)(end - p))
               ? 1
               : 0;
}

/* `payload\x12\x1av`: MessagePack, CBOR, BSON, protocol buffers. */
static bool value_in_binary(const char *p, const char *end, struct text_value *value) {
    enum { MOST_BETWEEN = 10, MIN_BINARY = 4 };
    const char *from = p;

    if (p == end || !binary_step(p, end))
        return false;
    while (p < end && p - from < MOST_BETWEEN && binary_step(p, end))
        p++;
    value->quoted = false;
    value->from = p;
    while (p < end && !binary_step(p, end))
        p += str_utf8_step(p, (size_t)(end - p));
    value->to = p;
    return value->to - value->from >= MIN_BINARY;
}

/* `--password v`, `login u password v`: one word that reads as random. */
static bool value_behind_blank(const char *p, const char *end,
                               struct text_value *value) {
    enum { MIN_WORD = 8 };

    return p < end && *p == ' ' && value_until(p + 1, end, " \t\r\n\"'<>,;", value) &&
           value->to - value->from >= MIN_WORD &&
           text_value_is_random(value->from, value->to) && (value->guessed = true);
}

/* --- pairs --- */

/* `string(26) "v"`, `Some("v")`, `b'v'`: where the quote begins. */
static const char *skip_type(const char *p, const char *end) {
    const char *q = p, *limit = end - p > MAX_TYPE ? p + MAX_TYPE : end;

    while (q < limit && (str_is_word_char(*q) || *q == ':' || *q == '.' || *q == '&'))
        q++;
    if (q < limit && *q == '(') {
        q++;
        while (q < limit && *q >= '0' && *q <= '9')
            q++;
        q += q < limit && *q == ')';
        q = skip_blanks(q, limit);
    } else if (q - p > 2) {
        return p;
    }
    return quote_len(q, end) ? q : p;
}

/* Past `[]` and what closes a name: `payload]`, `payload)`. */
static const char *skip_brackets(const char *p, const char *end) {
    const char *close;

    if (end - p > 1 && *p == '[' &&
        (close = memchr(p, ']', (size_t)(end - p < MAX_TAG ? end - p : MAX_TAG))))
        return close + 1;
    return p < end && (*p == ']' || *p == ')') ? p + 1 : p;
}

bool text_value_behind(const struct text_name *n, struct text_value *value) {
    const char *p = n->to, *end = n->text_end;
    size_t quote = quote_len(p, end);
    bool escaped, colon, bracket = n->from > n->text && n->from[-1] == '(';

    p += quote;
    if (!quote && p < end && (*p == '>' || *p == ' ') && is_element(n->text, n->from))
        return value_of_element(p, end, value);
    if (value_in_binary(p, end, value) || (!quote && value_behind_blank(p, end, value)))
        return true;
    if (begins(p, end, "</") || begins(p, end, ":</"))
        return value_behind_tag(p, end, value);
    p = skip_blanks(skip_brackets(p, end), end);
    if (quote && end - p > 6 && strncasecmp(p, "value", 5) == 0)
        p = skip_blanks(p + 5, end); /* name="payload" value=".." */
    escaped = end - p > 3 && *p == '%' && p[1] == '3';
    colon = p < end && (*p == ':' || (escaped && (p[2] | 0x20) == 'a'));
    if (p == end || !(colon || *p == '=' || (escaped && (p[2] | 0x20) == 'd')))
        return false;
    p += escaped ? 3 : 1;
    if (p < end && *p == '>') /* => */
        p++;
    if (colon && !quote_len(skip_type(skip_blanks(p, end), end), end))
        return value_behind_colon(n, p, value);
    p = skip_type(skip_blanks(p, end), end);
    if ((quote = quote_len(p, end)))
        return value_in_quotes(p, end, quote, value);
    if (bracket && p < end && *p == '(') /* (payload)=(v) */
        return value_until(p + 1, end, ")\n", value);
    return value_until(p, end, "&;\n\"<>", value);
}

bool text_value_may_follow(const char *p, const char *end) {
    return p < end && (memchr("\"'\\:=>[])< \t%", *p, 13) || (*p & 0xe0) == 0 ||
                       (unsigned char)*p >= 0x7f);
}

/* --- without a name --- */

bool text_value_of_user(const struct text_name *n, struct text_value *value) {
    static const char *const options[] = {"-u", "--user", "--proxy-user"};
    const char *p = n->to, *colon;
    bool option = false;
    size_t quote;

    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        option = option || ((size_t)(n->to - n->from) == strlen(options[i]) &&
                            begins(n->from, n->to, options[i]));
    if (!option || p == n->text_end || !strchr(" =", *p))
        return false;
    quote = quote_len(++p, n->text_end);
    if (quote ? !value_in_quotes(p, n->text_end, quote, value)
              : !value_until(p, n->text_end, " \t\r\n\"'", value))
        return false;
    colon = memchr(value->from, ':', (size_t)(value->to - value->from));
    if (!colon)
        return false;
    value->quoted = false;
    value->from = colon + 1;
    return value->to > value->from;
}

/* `YOUR_SECRET_KEY` stands for one. */
static bool has_digit_or_two_cases(const struct text_value *value) {
    bool digit = false, small = false, large = false;

    for (const char *p = value->from; p < value->to; p++) {
        digit = digit || (*p >= '0' && *p <= '9');
        small = small || (*p >= 'a' && *p <= 'z');
        large = large || (*p >= 'A' && *p <= 'Z');
    }
    return digit || (small && large);
}

bool text_value_of_scheme(const struct text_name *n, struct text_value *value) {
    static const char stops[] = " \t\r\n\"'<>,;\\&";
    size_t len = (size_t)(n->to - n->from);

    if (n->to == n->text_end || *n->to != ' ' ||
        !((len == 6 && strncasecmp(n->from, "Bearer", 6) == 0) ||
          (len == 5 && strncasecmp(n->from, "Basic", 5) == 0)))
        return false;
    return value_until(n->to + 1, n->text_end, stops, value) &&
           value->to - value->from >= MIN_CREDENTIAL && has_digit_or_two_cases(value);
}

bool text_value_is_random(const char *from, const char *to) {
    enum { MIN_RANDOM = 6 };
    bool digit = false, letter = false, small = false, inner = false;

    while (to > from && strchr(".,:;!?)'\"", to[-1]))
        to--;
    for (const char *p = from; p < to; p++) {
        bool upper = *p >= 'A' && *p <= 'Z', lower = *p >= 'a' && *p <= 'z';

        digit = digit || (*p >= '0' && *p <= '9');
        letter = letter || upper || lower;
        inner = inner || (upper && small); /* aB */
        small = lower;
    }
    return to - from >= MIN_RANDOM && letter && (digit || inner);
}

bool text_value_quoted(const char *text, const char *p, const char *end,
                       struct text_value *value) {
    size_t quote = quote_len(p, end);
    const char *before = p, *word, *limit;

    if (!quote || (p > text && str_is_word_char(p[-1])))
        return false; /* the ' of isn't */
    while (before > text && before[-1] == ' ')
        before--;
    if (before > text && strchr("=:<", before[-1]))
        return false;
    limit = end - p > MAX_QUOTED ? p + MAX_QUOTED : end;
    value_in_quotes(p, limit, quote, value);
    if (value->to == limit)
        return false;
    p = skip_blanks(value->to + quote, end);
    if (p < end && (*p == ':' || *p == '='))
        return false;
    for (word = value->from; word < value->to; word++) /* one of its words is enough */
        if (word == value->from || word[-1] == ' ') {
            const char *stop = memchr(word, ' ', (size_t)(value->to - word));

            if (text_value_is_random(word, stop ? stop : value->to))
                return value->guessed = true;
        }
    return false;
}
