/* An id comes in. How it looks goes out, and other ids that look so. */
#include "replay/text/id_format.h"

#include <ctype.h>
#include <string.h>

static size_t constant_part(const char *id) {
    const char *mark = strpbrk(id, "_-:.");
    size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    const char *last = strrchr(id, '_');

    if (last)
        return (size_t)(last + 1 - id);
    if (mark && mark == id + letters && !strpbrk(mark + 1, "-:."))
        return letters + 1;
    if (id[letters] && strspn(id + letters, "0123456789") == strlen(id + letters))
        return letters;
    return 0;
}

static bool is_uuid(const char *id) {
    return strlen(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' &&
           id[23] == '-';
}

static bool is_number(const char *text) {
    size_t n = strlen(text);

    return n && n < 19 && strspn(text, "0123456789") == n;
}

static const char *characters_of(const char *text) {
    bool digit = true, hex = true, upper = false;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        digit &= isdigit(c) || c == '-';
        hex &= isxdigit(c) || c == '-';
        upper |= isupper(c) != 0;
    }
    return digit   ? "0123456789"
           : upper ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
           : hex   ? "0123456789abcdef"
                   : "abcdefghijklmnopqrstuvwxyz0123456789";
}

struct id_format id_format_of(const char *id) {
    size_t constant = constant_part(id);

    return (struct id_format){constant, characters_of(id + constant), is_uuid(id),
                              is_number(id + constant)};
}

void id_format_renew(const struct id_format *l, struct id_source *random, char *id) {
    uint64_t bits = 0, left = 0, count = strlen(l->characters);

    for (size_t i = l->constant; id[i]; i++) {
        if (!isalnum((unsigned char)id[i]))
            continue;
        if (l->uuid && (i == 14 || i == 19)) /* they say which sort of UUID it is */
            continue;
        if (!left) { /* one number is good for several characters */
            bits = id_next(random);
            left = 8;
        }
        id[i] = l->characters[(bits & 0xff) * count >> 8];
        bits >>= 8;
        left--;
    }
}
