/* Text comes in. The next thing in it that looks like a secret by its form goes out. */
#include "recording/redact/lookalike.h"

#include <string.h>

#include "core/str.h"
#include "recording/redact/token.h"

enum { MAX_USERINFO = 1024, MIN_RANDOM = 16 };

enum alphabet { ALNUM, ALNUM_DASH, ALNUM_DOT };

static const struct {
    const char *prefix;
    enum alphabet alphabet;
    size_t min; /* characters behind the prefix */
    enum lookalike_kind kind;
} looks[] = {
    {"sk_test_", ALNUM_DASH, 3, LOOKALIKE_KEY},
    {"sk_live_", ALNUM_DASH, 3, LOOKALIKE_KEY},
    {"rk_test_", ALNUM_DASH, 3, LOOKALIKE_KEY},
    {"rk_live_", ALNUM_DASH, 3, LOOKALIKE_KEY},
    {"sk_org_", ALNUM_DASH, 8, LOOKALIKE_KEY},
    {"whsec_", ALNUM_DASH, 8, LOOKALIKE_CREDENTIAL},
    {"ghp_", ALNUM, 20, LOOKALIKE_CREDENTIAL},
    {"github_pat_", ALNUM_DASH, 20, LOOKALIKE_CREDENTIAL},
    {"glpat-", ALNUM_DASH, 16, LOOKALIKE_CREDENTIAL},
    {"xoxb-", ALNUM_DASH, 16, LOOKALIKE_CREDENTIAL},
    {"xoxp-", ALNUM_DASH, 16, LOOKALIKE_CREDENTIAL},
    {"AKIA", ALNUM, 16, LOOKALIKE_CREDENTIAL},
    {"eyJ", ALNUM_DOT, 40, LOOKALIKE_CREDENTIAL},
};

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool in_alphabet(char c, enum alphabet a) {
    return is_alnum(c) || (a != ALNUM && (c == '_' || c == '-')) ||
           (a == ALNUM_DOT && c == '.');
}

/* A PEM block with a private key, whole. */
static size_t private_key(const char *text, size_t len) {
    static const char begin[] = "-----BEGIN ", mark[] = "PRIVATE KEY-----",
                      end[] = "-----END ";
    const char *last, *close;

    if (len < 40 || memcmp(text, begin, sizeof(begin) - 1) != 0 ||
        !str_find(text, len < 64 ? len : 64, mark, sizeof(mark) - 1))
        return 0;
    last = str_find(text, len, end, sizeof(end) - 1);
    close = last ? str_find(last + sizeof(end) - 1,
                            len - (size_t)(last + sizeof(end) - 1 - text), "-----", 5)
                 : NULL;
    return close ? (size_t)(close + 5 - text) : len;
}

static bool is_key_char(char c) {
    return is_alnum(c) || c == '_' || c == '-' || c == '*';
}

/* A word around the stars at text[i], or around an ellipsis behind a key's prefix. */
static bool masked_at(const char *text, size_t len, size_t from, size_t i,
                      struct lookalike *hit) {
    size_t begin = i, end = i;

    if (i + 3 > len || memcmp(text + i, "***", 3) != 0)
        return false;
    while (begin > from && is_key_char(text[begin - 1]))
        begin--;
    while (end < len && is_key_char(text[end]))
        end++;
    *hit = (struct lookalike){LOOKALIKE_MASKED, begin, end - begin};
    return true;
}

static bool look_at(const char *text, size_t len, size_t i, struct lookalike *hit) {
    for (size_t k = 0; k < ARRAY_LEN(looks); k++) {
        size_t n = strlen(looks[k].prefix), run = 0;

        if (len - i < n || text[i] != looks[k].prefix[0] ||
            memcmp(text + i, looks[k].prefix, n) != 0)
            continue;
        while (i + n + run < len && in_alphabet(text[i + n + run], looks[k].alphabet))
            run++;
        if (run < looks[k].min || (i + n + run < len && text[i + n + run] == '*'))
            continue;
        *hit = (struct lookalike){looks[k].kind, i, n + run};
        return true;
    }
    return false;
}

/* "sk_test_...1234" and "sk_test_ab...1234" */
static bool dotted_at(const char *text, size_t len, size_t i, struct lookalike *hit) {
    size_t n = i, dots = 0;

    if (!lookalike_is_key(text + i, len - i))
        return false;
    for (n += 8; n < len && (is_alnum(text[n]) || text[n] == '_');)
        n++;
    while (n < len && text[n] == '.')
        n++, dots++;
    if (dots < 2 && len - n >= 3 && memcmp(text + n, "\xe2\x80\xa6", 3) == 0)
        n += 3, dots = 3;
    if (dots < 2 || n == len || !is_alnum(text[n]))
        return false;
    while (n < len && is_alnum(text[n]))
        n++;
    *hit = (struct lookalike){LOOKALIKE_MASKED, i, n - i};
    return true;
}

/* The end of what may stand before the '@' in a URL. */
static size_t userinfo_end(const char *text, size_t len, size_t i) {
    static const char stops[] = " \t\r\n\"'<>/?#\\,;(){}|";
    size_t last = 0;

    for (size_t n = i;
         n < len && n < i + MAX_USERINFO && text[n] && !strchr(stops, text[n]); n++)
        if (text[n] == '@')
            last = n;
    return last;
}

static bool is_random(const char *text, size_t len) {
    bool digit = false;

    for (size_t i = 0; i < len; i++)
        digit = digit || (text[i] >= '0' && text[i] <= '9');
    return digit && len >= MIN_RANDOM;
}

/* scheme://user:password@host: the password; without one, or where the user is no name,
 * all of it. A token stays. */
static bool userinfo_at(const char *text, size_t len, size_t i, struct lookalike *hit) {
    size_t end, user, token;

    if (len - i < 4 || memcmp(text + i, "://", 3) != 0)
        return false;
    i += 3;
    end = userinfo_end(text, len, i);
    if (end <= i)
        return false;
    token = redactor_token(text + i, end - i);
    for (user = i + token; user < end && text[user] != ':';)
        user++;
    if (token && user + 1 >= end)
        return false;
    if (!token && (user + 1 >= end || is_random(text + i, user - i)))
        *hit = (struct lookalike){LOOKALIKE_CREDENTIAL, i,
                                  end - i - (text[end - 1] == ':')};
    else
        *hit = (struct lookalike){LOOKALIKE_CREDENTIAL, user + 1, end - user - 1};
    return hit->len > 0 && redactor_token(text + hit->at, hit->len) != hit->len;
}

/* What any of them begins with. */
static const bool begins_one[256] = {
    ['*'] = true, ['-'] = true, [':'] = true, ['s'] = true, ['r'] = true,
    ['w'] = true, ['g'] = true, ['x'] = true, ['A'] = true, ['e'] = true,
};

bool lookalike_find(const char *text, size_t len, size_t from, struct lookalike *hit) {
    for (size_t i = from; i < len; i++) {
        char c = text[i];
        size_t n;

        if (!begins_one[(unsigned char)c])
            continue;
        if (c == '*' && masked_at(text, len, from, i, hit))
            return true;
        if (c == '-' && (n = private_key(text + i, len - i))) {
            *hit = (struct lookalike){LOOKALIKE_CREDENTIAL, i, n};
            return true;
        }
        if (c == ':' && userinfo_at(text, len, i, hit))
            return true;
        if (i > from && is_alnum(text[i - 1]))
            continue;
        if (dotted_at(text, len, i, hit) || look_at(text, len, i, hit))
            return true;
    }
    return false;
}

bool lookalike_is_key(const char *text, size_t len) {
    return len >= 8 && (text[0] == 's' || text[0] == 'r') && text[1] == 'k' &&
           (memcmp(text + 2, "_test_", 6) == 0 || memcmp(text + 2, "_live_", 6) == 0);
}
