/* One place of a text that may be encoded comes in. The character that stands there
 * goes out, and how many bytes it took. */
#include "core/unescape.h"

#include <string.h>

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex4(const char *h, size_t len) {
    int v = 0;

    if (len < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        if (hex(h[i]) < 0)
            return -1;
        v = v * 16 + hex(h[i]);
    }
    return v;
}

static size_t utf8_of(unsigned c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* The digits of a number in this base from h: its value, -1 = there are none. */
static int digits(const char *h, size_t len, int base, size_t most, size_t *count) {
    int v = 0;

    for (*count = 0; *count < len && *count < most; ++*count) {
        int d = hex(h[*count]);

        if (d < 0 || d >= base)
            break;
        v = v * base + d;
    }
    return *count ? v : -1;
}

/* What programming languages print beside JSON: `\xe9`, `\303`, `\u{1f511}`. `h` is
 * behind the backslashes. */
static struct unit language_unit(const char *h, size_t len) {
    struct unit u = {.taken = 0};
    size_t n;
    int v;

    if (len >= 3 && h[0] == 'x' && digits(h + 1, len - 1, 16, 2, &n) >= 0 && n == 2) {
        u = (struct unit){.count = 1, .taken = 3};
        u.bytes[0] = (char)unescape_hex(h + 1);
    } else if (len >= 3 && (v = digits(h, len, 8, 3, &n)) >= 0 && n == 3 && v < 256) {
        u = (struct unit){.count = 1, .taken = 3};
        u.bytes[0] = (char)v;
    } else if (len > 3 && h[0] == 'u' && h[1] == '{' &&
               (v = digits(h + 2, len - 2, 16, 6, &n)) >= 0 && n + 2 < len &&
               h[n + 2] == '}' && v < 0x110000) {
        u.count = utf8_of((unsigned)v, u.bytes);
        u.taken = n + 3;
    }
    return u;
}

/* `\n`, `\u00e9`, surrogate pairs, after any number of backslashes (JSON in JSON). */
static struct unit json_unit(const char *h, size_t len) {
    static const char letters[] = "nrtbf\"/'", meant[] = "\n\r\t\b\f\"/'";
    struct unit u = {.taken = 0};
    size_t n = 0;
    const char *hit;
    int c, low;

    while (n < len && h[n] == '\\')
        n++;
    if (n == len)
        return u;
    hit = memchr(letters, h[n], sizeof(letters) - 1);
    if (hit) {
        u.bytes[0] = meant[hit - letters];
        u.count = 1;
        u.taken = n + 1;
    } else if (h[n] == 'u' && (c = hex4(h + n + 1, len - n - 1)) >= 0) {
        u.taken = n + 5;
        if (c >= 0xd800 && c < 0xdc00) {
            size_t m = n + 5;

            while (m < len && h[m] == '\\')
                m++;
            low = m < len && h[m] == 'u' ? hex4(h + m + 1, len - m - 1) : -1;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                u.taken = m + 5;
            }
        }
        u.count = utf8_of((unsigned)c, u.bytes);
    } else {
        u = language_unit(h + n, len - n);
        u.taken += u.taken ? n : 0;
    }
    return u;
}

/* %XX, and with more layers also %25XX, %2525XX. */
static struct unit percent_unit(const char *h, size_t len, unsigned layers) {
    struct unit u = {.taken = 0};
    size_t at = 1;

    while (--layers && at + 3 < len && h[at] == '2' && h[at + 1] == '5' &&
           hex(h[at + 2]) >= 0 && hex(h[at + 3]) >= 0)
        at += 2;
    if (at + 1 < len && hex(h[at]) >= 0 && hex(h[at + 1]) >= 0) {
        u.bytes[0] = (char)(hex(h[at]) * 16 + hex(h[at + 1]));
        u.count = 1;
        u.taken = at + 2;
    }
    return u;
}

/* The code point of `#38;` or `#x26;`, 0 = none; *taken is its length. */
static unsigned numbered(const char *h, size_t len, size_t *taken) {
    unsigned base = len > 1 && (h[1] | 0x20) == 'x' ? 16 : 10, c = 0;
    size_t from = base == 16 ? 2 : 1, i = from;

    while (i < len && i < from + 8 && hex(h[i]) >= 0 && hex(h[i]) < (int)base)
        c = c * base + (unsigned)hex(h[i++]);
    *taken = i + 1;
    return i > from && i < len && h[i] == ';' && c < 0x110000 ? c : 0;
}

/* &amp; &#38; &#x26;, and with more layers also &amp;amp; */
static struct unit html_unit(const char *h, size_t len, unsigned layers) {
    static const struct {
        const char *name, *meant;
    } names[] = {
        {"amp;", "&"}, {"lt;", "<"}, {"gt;", ">"}, {"quot;", "\""}, {"apos;", "'"}};
    struct unit u = {.taken = 0};
    size_t at = 1, taken;
    unsigned c;

    while (--layers && len - at > 4 && memcmp(h + at, "amp;", 4) == 0 &&
           (h[at + 4] == '#' || (h[at + 4] >= 'a' && h[at + 4] <= 'z')))
        at += 4;
    if (at < len && h[at] == '#' && (c = numbered(h + at, len - at, &taken))) {
        u.count = utf8_of(c, u.bytes);
        u.taken = at + taken;
    }
    for (size_t i = 0; i < ARRAY_LEN(names) && !u.taken; i++) {
        size_t n = strlen(names[i].name);

        if (len - at < n || memcmp(h + at, names[i].name, n) != 0)
            continue;
        u.bytes[0] = *names[i].meant;
        u.count = 1;
        u.taken = at + n;
    }
    return u;
}

struct unit unescape_at(const char *h, size_t len, const struct layers *as) {
    struct unit u = {.taken = 0};
    size_t one = (size_t)1 << as->slashes, run = 0; /* one: what a backslash becomes */

    if (h[0] == '&' && as->html) {
        u = html_unit(h, len, as->html);
    } else if (h[0] == '%' && as->percent) {
        u = percent_unit(h, len, as->percent);
    } else if (h[0] == '\\' && as->slashes) {
        while (run < one && run < len && h[run] == '\\')
            run++;
        if (run < one)
            u = json_unit(h, len);
        else
            u = (struct unit){.bytes = "\\", .count = 1, .taken = one};
    }
    if (!u.taken) {
        u.bytes[0] = h[0] == '+' && as->plus ? ' ' : h[0];
        u.count = u.taken = 1;
    }
    return u;
}

bool unescape_begins(char c) {
    return c == '%' || c == '\\' || c == '&';
}

int unescape_hex(const char *h) {
    return hex(h[0]) < 0 || hex(h[1]) < 0 ? -1 : hex(h[0]) * 16 + hex(h[1]);
}
