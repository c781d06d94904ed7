/* A text and two names come in. The text goes out with one name in place of the other,
 * where it is a name. */
#include "core/word_replace.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/str.h"

enum { MIN_WORD = 4 };

static bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_quote(char c) {
    return c == '\'' || c == '"' || c == '`';
}

size_t word_length(const char *text) {
    size_t n = 0;

    while (text[n] && str_is_word_char(text[n]))
        n++;
    return n;
}

bool word_is_identifier(const char *word, size_t len) {
    bool letter = false, digit = false, joint = false;

    for (size_t i = 0; i < len; i++) {
        letter = letter || is_letter(word[i]);
        digit = digit || is_digit(word[i]);
        joint = joint || (i && (word[i] == '-' || word[i] == '_'));
    }
    return letter && (digit || joint);
}

/* How a name stands at `hit`: 2 in quotes, 1 as a word, 0 as part of one. */
static int standing(const char *text, const char *hit, size_t n) {
    char before = hit > text ? hit[-1] : ' ', after = hit[n];

    if (is_quote(before) && is_quote(after))
        return 2;
    return n >= MIN_WORD && !str_is_word_char(before) && !str_is_word_char(after);
}

static char *swap_raw(const char *text, const char *there, const char *here,
                      bool careful) {
    size_t n = there ? strlen(there) : 0;
    int counts[3] = {0}, wanted, skip;
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *at = text;

    if (!n || !here || strcmp(there, here) == 0)
        return NULL;
    for (const char *hit = strstr(text, there); hit; hit = strstr(hit + n, there))
        counts[standing(text, hit, n)]++;
    if (!counts[2] && (!counts[1] || (careful && !word_is_identifier(there, n))))
        return NULL;
    wanted = counts[2] ? 2 : 1;
    skip = wanted == 1 && !word_is_identifier(there, n) ? counts[1] - 1 : 0;
    for (const char *hit = strstr(at, there); hit; hit = strstr(at, there)) {
        bool meant = standing(text, hit, n) == wanted && skip-- <= 0;

        buf_add(&out, at, (size_t)(hit - at));
        buf_adds(&out, meant ? here : there);
        at = hit + n;
    }
    buf_adds(&out, at);
    return buf_take(&out, NULL);
}

static char *coded(const char *text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    str_add_percent(&out, text, strlen(text));
    return buf_take(&out, NULL);
}

/* A path or an address, and no sentence. */
static bool is_link(const char *text) {
    return (*text == '/' || strstr(text, "://")) && !strpbrk(text, " \n");
}

static char *swap(const char *text, const char *there, const char *here, bool careful) {
    bool link = there && *there && here && is_link(text);
    char *from = link ? coded(there) : NULL, *to = link ? coded(here) : NULL;
    char *out = link ? swap_raw(text, from, to, careful) : NULL;

    if (!out) /* a token stands there as it is, whatever stood in its place */
        out = swap_raw(text, there, link && strstr(there, "payload:") ? to : here,
                       careful);
    free(from);
    free(to);
    return out;
}

char *word_replace_once(const char *text, const char *there, const char *here) {
    size_t n = strlen(there);
    const char *found = NULL;
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    for (const char *hit = n ? strstr(text, there) : NULL; hit;
         hit = strstr(hit + n, there)) {
        if ((hit > text && str_is_word_char(hit[-1])) || str_is_word_char(hit[n]))
            continue;
        if (found)
            return NULL;
        found = hit;
    }
    if (!found)
        return NULL;
    buf_add(&out, text, (size_t)(found - text));
    buf_adds(&out, here);
    buf_adds(&out, found + n);
    return buf_take(&out, NULL);
}

char *word_replace(const char *text, const char *there, const char *here) {
    return swap(text, there, here, false);
}

char *word_replace_quoted(const char *text, const char *there, const char *here) {
    return swap(text, there, here, true);
}
