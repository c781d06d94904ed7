/* The value of a Content-Type header comes in. Out goes whether it is a media type,
 * which one, and whether its charset is UTF-8. */
#include "core/media_type.h"

#include <stdio.h>
#include <string.h>

static bool is_token(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_len(const char *at) {
    size_t n = 0;

    while (is_token(at[n]))
        n++;
    return n;
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

/* Past the closing quotation mark, with the text without its backslashes in `out`, cut
 * where that is full; NULL = there is no such mark. */
static const char *take_quoted(const char *at, char *out, size_t size) {
    size_t n = 0;

    for (at++; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
        if (n + 1 < size)
            out[n++] = *at;
    }
    out[n] = '\0';
    return *at ? at + 1 : NULL;
}

/* Past the value of a parameter; NULL = it has none. */
static const char *take_value(const char *at, char *out, size_t size) {
    size_t n = token_len(at);

    if (*at == '"')
        return take_quoted(at, out, size);
    snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), at);
    return n ? at + n : NULL;
}

/* Past one parameter, which may be empty; NULL = it is malformed. */
static const char *take_parameter(const char *at, bool *utf8) {
    size_t n = token_len(at);
    bool charset = n == 7 && strncasecmp(at, "charset", n) == 0;
    char value[16];

    if (!n)
        return at;
    if (at[n] != '=')
        return NULL;
    at = take_value(at + n + 1, value, sizeof(value));
    if (at && charset)
        *utf8 = *utf8 &&
                (strcasecmp(value, "utf-8") == 0 || strcasecmp(value, "utf8") == 0);
    return at;
}

bool media_type_is_utf8(const char *value, const char *type) {
    size_t len = strlen(type);
    const char *at = skip_blanks(value);
    bool utf8 = true;

    if (strncasecmp(at, type, len) != 0 || is_token(at[len]))
        return false;
    at = skip_blanks(at + len);
    while (at && *at == ';') {
        at = take_parameter(skip_blanks(at + 1), &utf8);
        at = at ? skip_blanks(at) : NULL;
    }
    return at && !*at && utf8;
}
