/* A redacted text comes in; out goes the token that it is. */
#include "recording/redact/token.h"

#include <string.h>

#include "core/mem.h"

const char *const redactor_kinds[TOKEN_KINDS] = {"key", "credential", "cookie",
                                                 "payload", "redacted"};
const char *const redactor_kinds_plural[TOKEN_KINDS] = {
    "keys", "credentials", "cookies", "payloads", "redacted_values"};

static size_t word_run(const char *text, size_t len) {
    size_t n = 0;

    while (n < len && ((text[n] >= 'a' && text[n] <= 'z') ||
                       (text[n] >= '0' && text[n] <= '9') || text[n] == '_'))
        n++;
    return n;
}

/* Keys have roles; all others are numbered, and a text may go on right behind one. */
static size_t name_run(size_t kind, const char *text, size_t len) {
    size_t n = 0;

    if (kind == 0)
        return word_run(text, len);
    while (n < len && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

size_t redactor_token(const char *text, size_t len) {
    static const char *const notes[] = {" (test)", " (live)", REDACTOR_NUMBER};

    if (!len || !memchr("kcpr", *text, 4)) /* what kinds begin with */
        return 0;
    for (size_t i = 0; i < TOKEN_KINDS; i++) {
        size_t n = strlen(redactor_kinds[i]), run;

        if (len <= n + 1 || memcmp(text, redactor_kinds[i], n) != 0 || text[n] != ':')
            continue;
        run = name_run(i, text + n + 1, len - n - 1);
        if (!run)
            return 0;
        n += 1 + run;
        for (size_t j = 0; j < ARRAY_LEN(notes); j++)
            if (len - n >= strlen(notes[j]) &&
                memcmp(text + n, notes[j], strlen(notes[j])) == 0)
                return n + strlen(notes[j]);
        return n;
    }
    return 0;
}

bool redactor_has_token(const char *text, size_t len) {
    for (size_t i = 0; memchr(text, ':', len) && i < len; i++)
        if (redactor_token(text + i, len - i))
            return true;
    return false;
}

bool redactor_token_number(const char *text) {
    size_t len = strlen(text), note = strlen(REDACTOR_NUMBER);

    return len > note && strcmp(text + len - note, REDACTOR_NUMBER) == 0 &&
           redactor_token(text, len) == len;
}

char *redactor_token_bare(const char *text) {
    size_t len = strlen(text);

    return mem_strndup(text, redactor_token_number(text) ? len - strlen(REDACTOR_NUMBER)
                                                         : len);
}
