/*
 * unescape.h - one character of a text that may be encoded, decoded.
 *
 * Percent-encoding, the escapes of JSON, of programming languages (\xe9, \303, \u{e9})
 * and of HTML, each perhaps several times over. A text can be read in several ways:
 * "%2525" is "%25" encoded once, or "%" encoded twice; the layers say which is meant.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_CORE_UNESCAPE_H
#define ASSAY_CORE_UNESCAPE_H

#include "core/base.h"

struct unit {
    char bytes[4];
    size_t count, taken; /* bytes decoded; bytes of the text */
};

/* How often a text may be encoded at most. */
struct layers {
    unsigned percent, slashes, html;
    bool plus; /* '+' is a space */
};

enum { PERCENT_LAYERS = 3, SLASH_LAYERS = 3, HTML_LAYERS = 2 };

/* At text[0], len > 0. What is no escape is itself. */
struct unit unescape_at(const char *text, size_t len, const struct layers *as);
/* Does an escape begin so? */
bool unescape_begins(char c);
/* Two hex digits; -1 = they are none. */
int unescape_hex(const char *h);

#endif
