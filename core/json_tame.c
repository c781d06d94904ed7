/* JSON text comes in. It goes out with a text in the place of each value that our
 * reader would refuse, though the grammar allows it. */
#include "core/json_tame.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/unescape.h"

struct taming {
    struct buf *out;
    const char *at, *end;
    bool changed;
};

/* The end of the string that begins at its quotation mark. */
static const char *string_end(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

const char *json_container_end(const char *at, const char *end) {
    size_t open = 0;

    while (at < end) {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        open += *at == '[' || *at == '{';
        open -= *at == ']' || *at == '}';
        at++;
        if (!open)
            break;
    }
    return at;
}

static void add_as_text(struct taming *t, const char *from, const char *to) {
    buf_addc(t->out, '"');
    for (; from < to; from++) {
        if (*from == '"' || *from == '\\')
            buf_addc(t->out, '\\');
        if ((unsigned char)*from < 0x20)
            buf_addf(t->out, "\\u%04X", (unsigned char)*from);
        else
            buf_addc(t->out, *from);
    }
    buf_addc(t->out, '"');
    t->changed = true;
}

/* -?digits[.digits][e[+-]digits] of this length, as jansson would take it. */
static bool holds_number(const char *text, size_t len) {
    char *copy = mem_strndup(text, len);
    bool real = strpbrk(copy, ".eE") != NULL, ok;

    errno = 0;
    if (real)
        ok = isfinite(strtod(copy, NULL));
    else
        ok = strtoll(copy, NULL, 10) >= 0 || *copy == '-' ? errno != ERANGE : false;
    free(copy);
    return ok;
}

static void take_number(struct taming *t) {
    size_t n = 0;

    while (t->at + n < t->end && t->at[n] && strchr("+-.0123456789eE", t->at[n]))
        n++;
    if (holds_number(t->at, n))
        buf_add(t->out, t->at, n);
    else
        add_as_text(t, t->at, t->at + n);
    t->at += n;
}

/* \uXXXX at text; -1 = it is none. */
static int unit_at(const char *text, const char *end) {
    if (end - text < 6 || text[0] != '\\' || text[1] != 'u' ||
        unescape_hex(text + 2) < 0 || unescape_hex(text + 4) < 0)
        return -1;
    return unescape_hex(text + 2) << 8 | unescape_hex(text + 4);
}

static bool is_high(int unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

static void take_string(struct taming *t) {
    const char *end = string_end(t->at, t->end);

    while (t->at < end) {
        int unit = *t->at == '\\' ? unit_at(t->at, end) : -1;
        bool pair = is_high(unit) && is_low(unit_at(t->at + 6, end));
        size_t n = pair                                ? 12
                   : unit >= 0                         ? 6
                   : *t->at == '\\' && t->at + 1 < end ? 2
                                                       : 1;

        if (!pair && (is_high(unit) || is_low(unit))) {
            buf_adds(t->out, "\\uFFFD");
            t->changed = true;
        } else {
            buf_add(t->out, t->at, n);
        }
        t->at += n;
    }
}

bool json_tame(struct buf *out, const char *text, size_t len, unsigned max_depth) {
    struct taming t = {out, text, text + len, false};
    unsigned depth = 0;

    while (t.at < t.end && !out->failed) {
        char c = *t.at;

        if (c == '"') {
            take_string(&t);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            take_number(&t);
        } else if ((c == '[' || c == '{') && depth == max_depth) {
            const char *end = json_container_end(t.at, t.end);

            add_as_text(&t, t.at, end);
            t.at = end;
        } else {
            depth += c == '[' || c == '{';
            depth -= (c == ']' || c == '}') && depth;
            buf_addc(out, c);
            t.at++;
        }
    }
    return t.changed && !out->failed;
}
