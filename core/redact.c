#include "core/redact.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum {
    MIN_BYTES = 4,
    MIN_BASE64 = 5,     /* characters that depend on the secret alone */
    MIN_PART = 8,       /* of a secret that is cut off by an ellipsis .. */
    MIN_BARE_PART = 12, /* .. or without a word */
    WORD_BYTES = 8,     /* what is shorter must be a whole word, if it is one */
    BUCKETS = 4096,
};

struct secret {
    char *text, *token;
    size_t len;
    bool base64; /* text is an inner piece of a base64 form; the run around goes too */
    bool word;   /* only where no letter or digit is before or behind it */
    struct secret *next;
};

struct redactor {
    struct secret *buckets[BUCKETS]; /* by the first four bytes */
    bool first[256];                 /* bytes that some secret begins with */
};

static unsigned bucket_of(const char *s) {
    unsigned h = 2166136261U;

    for (int i = 0; i < MIN_BYTES; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619U;
    return (h ^ h >> 12) % BUCKETS;
}

struct redactor *redactor_new(void) {
    return mem_new(1, sizeof(struct redactor));
}

void redactor_free(struct redactor *r) {
    if (!r)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct secret *s = r->buckets[i], *next; s; s = next) {
            next = s->next;
            free(s->text);
            free(s->token);
            free(s);
        }
    free(r);
}

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_word(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]))
            return false;
    return len < WORD_BYTES;
}

/* Longest first within a bucket, so that the first hit is the longest. */
static void insert(struct redactor *r, const char *text, size_t len, const char *token,
                   bool base64) {
    struct secret **at = &r->buckets[bucket_of(text)], *s;

    for (s = *at; s; s = s->next)
        if (s->len == len && memcmp(s->text, text, len) == 0)
            return;
    while (*at && (*at)->len > len)
        at = &(*at)->next;
    s = mem_new(1, sizeof(*s));
    s->text = mem_strndup(text, len);
    s->len = len;
    s->token = mem_strdup(token);
    s->base64 = base64;
    s->word = !base64 && is_word(text, len);
    s->next = *at;
    *at = s;
    r->first[(unsigned char)text[0]] = true;
}

/* The characters of a base64 text that depend on the secret alone, for each of the
 * three places where it can begin in a group. */
static void insert_base64(struct redactor *r, const char *secret, size_t len,
                          const char *token) {
    for (size_t shift = 0; shift < 3; shift++) {
        struct buf raw = BUF_INIT(BUF_UNLIMITED), text = BUF_INIT(BUF_UNLIMITED);
        size_t from = (shift * 8 + 5) / 6, to = (shift + len) * 8 / 6;

        buf_add(&raw, "\0\0", shift);
        buf_add(&raw, secret, len);
        str_add_base64(&text, raw.ptr, raw.len);
        if (to - from < MIN_BASE64) {
            buf_release(&text);
            buf_release(&raw);
            continue;
        }
        insert(r, text.ptr + from, to - from, token, true);
        for (size_t i = 0; i < text.len; i++)
            text.ptr[i] = text.ptr[i] == '+'   ? '-'
                          : text.ptr[i] == '/' ? '_'
                                               : text.ptr[i];
        insert(r, text.ptr + from, to - from, token, true);
        buf_release(&text);
        buf_release(&raw);
    }
}

bool redactor_add(struct redactor *r, const char *secret, size_t len,
                  const char *token) {
    if (len < MIN_BYTES)
        return false;
    insert(r, secret, len, token, false);
    insert_base64(r, secret, len, token);
    return true;
}

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

struct unit { /* one character of the hay, decoded */
    char bytes[4];
    size_t count, taken; /* bytes decoded; bytes of the hay; taken 0 = none */
};

/* How often the hay may be encoded. Only a percent sign and a backslash of the secret
 * itself are read differently by it: "%2525" is "%25" encoded once, or "%" encoded
 * twice. */
struct layers {
    unsigned percent, slashes, html;
    bool plus; /* '+' is a space */
};

enum { PERCENT_LAYERS = 3, SLASH_LAYERS = 2, HTML_LAYERS = 2 };

/* `\n`, `\u00e9`, surrogate pairs, after any number of backslashes (JSON in JSON). */
static struct unit json_unit(const char *h, size_t len) {
    static const char letters[] = "nrtbf\"/", meant[] = "\n\r\t\b\f\"/";
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

static struct unit unit_at(const char *h, size_t len, const struct layers *as) {
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

/* How many bytes of hay stand for the beginning of the secret, in whatever mixture of
 * encodings; *known is how much of it that is. */
static size_t run_as(const char *h, size_t len, const struct secret *s,
                     const struct layers *as, size_t *known) {
    size_t i = 0, j = 0;

    while (j < s->len && i < len) {
        struct unit u = unit_at(h + i, len - i, as);

        if (u.count <= s->len - j && memcmp(u.bytes, s->text + j, u.count) == 0) {
            i += u.taken;
            j += u.count;
        } else if (h[i] == s->text[j] || (h[i] == '+' && s->text[j] == ' ')) {
            i++;
            j++;
        } else {
            break;
        }
    }
    *known = j;
    return i;
}

static size_t match_as(const char *h, size_t len, const struct secret *s,
                       const struct layers *as) {
    size_t known, n = run_as(h, len, s, as, &known);

    return known == s->len ? n : 0;
}

static size_t match_at(const char *h, size_t len, const struct secret *s) {
    unsigned percent = memchr(s->text, '%', s->len) ? 0 : PERCENT_LAYERS;
    unsigned slashes = memchr(s->text, '\\', s->len) ? 0 : SLASH_LAYERS;
    struct layers as = {.plus = false};
    size_t longest = 0;

    if (s->base64)
        return memcmp(h, s->text, s->len) == 0 ? s->len : 0;
    for (as.percent = percent; as.percent <= PERCENT_LAYERS; as.percent++)
        for (as.slashes = slashes; as.slashes <= SLASH_LAYERS; as.slashes++)
            for (as.html = 0; as.html <= HTML_LAYERS; as.html++) {
                size_t n = match_as(h, len, s, &as);

                if (n > longest)
                    longest = n;
                if (n && !as.html)
                    break;
            }
    return longest;
}

static bool escape_char(char c) {
    return c == '%' || c == '\\' || c == '+' || c == '&';
}

/* The first four decoded bytes at hay, for the bucket; false if there are none. */
static bool decode_prefix(const char *h, size_t len, const struct layers *as,
                          char out[8]) {
    size_t n = 0, i = 0;

    while (n < MIN_BYTES) {
        struct unit u;

        if (i >= len)
            return false;
        u = unit_at(h + i, len - i, as);
        memcpy(out + n, u.bytes, u.count); /* at most 3 + 4 bytes */
        n += u.count;
        i += u.taken;
    }
    return true;
}

struct hay {
    const char *text;
    size_t len;
};

/* Is text[at - 1] the last character of \n, \u000a, %0a or %250a? */
static bool behind_escape(const char *text, size_t at) {
    return (at >= 2 && text[at - 2] == '\\') || (at >= 3 && text[at - 3] == '%') ||
           (at >= 5 && memcmp(text + at - 5, "%25", 3) == 0) ||
           (at >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u');
}

static bool stands_alone(const struct hay *hay, size_t at, size_t len) {
    return (at == 0 || !is_alnum(hay->text[at - 1]) || behind_escape(hay->text, at)) &&
           (at + len == hay->len || !is_alnum(hay->text[at + len]));
}

static const struct secret *longest_of(const struct redactor *r, const char *prefix,
                                       const struct hay *hay, size_t at, size_t *taken,
                                       const struct secret *best) {
    size_t len = hay->len - at;

    for (const struct secret *s = r->buckets[bucket_of(prefix)]; s; s = s->next) {
        size_t n;

        if (memcmp(s->text, prefix, MIN_BYTES) != 0 || s->len > len)
            continue;
        n = match_at(hay->text + at, len, s);
        if (n > *taken && (!s->word || stands_alone(hay, at, n))) {
            *taken = n;
            best = s;
        }
    }
    return best;
}

static int hex_byte(const char *h) {
    return hex(h[0]) < 0 || hex(h[1]) < 0 ? -1 : hex(h[0]) * 16 + hex(h[1]);
}

/* Two digits a byte, in either case. */
static const struct secret *find_hex(const struct redactor *r, const char *h,
                                     size_t len, size_t *taken) {
    const struct secret *best = NULL;
    char prefix[MIN_BYTES];

    for (size_t i = 0; i < MIN_BYTES; i++) {
        if (len < 2 * (i + 1) || hex_byte(h + 2 * i) < 0)
            return NULL;
        prefix[i] = (char)hex_byte(h + 2 * i);
    }
    for (const struct secret *s = r->buckets[bucket_of(prefix)]; s; s = s->next) {
        size_t n = 0;

        if (s->base64 || s->len > len / 2 || 2 * s->len <= *taken)
            continue;
        while (n < s->len && hex_byte(h + 2 * n) == (unsigned char)s->text[n])
            n++;
        if (n == s->len) {
            best = s;
            *taken = 2 * n;
        }
    }
    return best;
}

static const struct secret *find_at(const struct redactor *r, const struct hay *hay,
                                    size_t at, size_t *taken) {
    const struct secret *best = NULL, *other;
    const char *h = hay->text + at;
    size_t len = hay->len - at, near = len < 64 ? len : 64; /* four units are shorter */
    bool percent, slashes, plus, html;
    char prefix[8];

    *taken = 0;
    if (len < MIN_BYTES)
        return NULL;
    best = longest_of(r, h, hay, at, taken, best);
    if ((other = find_hex(r, h, len, taken)))
        best = other;
    if (!escape_char(h[0]) && !escape_char(h[1]) && !escape_char(h[2]) &&
        !escape_char(h[3]))
        return best;
    percent = memchr(h, '%', near) != NULL;
    slashes = memchr(h, '\\', near) != NULL;
    plus = memchr(h, '+', near) != NULL;
    html = memchr(h, '&', near) && memchr(h, ';', near);
    for (unsigned i = 0; i <= (percent ? PERCENT_LAYERS : 0); i++)
        for (unsigned j = 0; j <= (slashes ? SLASH_LAYERS : 0); j++)
            for (unsigned k = 0; k <= (html ? HTML_LAYERS : 0); k++)
                for (unsigned l = 0; l <= plus; l++) {
                    struct layers as = {i, j, k, l};

                    if (decode_prefix(h, len, &as, prefix))
                        best = longest_of(r, prefix, hay, at, taken, best);
                }
    return best;
}

/* May a secret begin here, in some form? */
static bool may_begin(const struct redactor *r, const char *h, size_t len) {
    int byte;

    return r->first[(unsigned char)*h] || escape_char(*h) ||
           (len >= 2 * MIN_BYTES && (byte = hex_byte(h)) >= 0 && r->first[byte]);
}

static bool base64_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

bool redactor_apply(const struct redactor *r, const char *bytes, size_t len,
                    struct buf *out) {
    const struct hay hay = {bytes, len};
    size_t i = 0, run = 0; /* run: where the present base64 text began in `out` */

    while (i < len) {
        const struct secret *s = NULL;
        size_t taken = 0;

        if (!base64_char(bytes[i]))
            run = out->len + 1;
        if (may_begin(r, bytes + i, len - i))
            s = find_at(r, &hay, i, &taken);
        if (!s) {
            buf_addc(out, bytes[i++]);
            continue;
        }
        i += taken;
        if (s->base64) {
            buf_cut(out, run < out->len ? run : out->len);
            while (i < len && base64_char(bytes[i]))
                i++;
        }
        buf_adds(out, s->token);
        run = out->len;
    }
    return !out->failed;
}

/* Is a text cut off here: by an ellipsis, or where no word goes on? */
static bool is_cut_off(const char *h, size_t len, size_t known) {
    static const char *const marks[] = {"..", "\xe2\x80\xa6", "\\u2026", "**"};

    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (len >= strlen(marks[i]) && memcmp(h, marks[i], strlen(marks[i])) == 0)
            return known >= MIN_PART;
    return known >= MIN_BARE_PART && (!len || !is_alnum(*h));
}

/* The longest beginning of a secret that stands at h and is cut off there. */
static size_t part_at(const struct redactor *r, const char *h, size_t len) {
    const struct layers as = {PERCENT_LAYERS, SLASH_LAYERS, 1, false};
    size_t longest = 0;

    if (len < MIN_PART)
        return 0;
    for (const struct secret *s = r->buckets[bucket_of(h)]; s; s = s->next) {
        const char *quote = memchr(h, '"', len); /* the text ends there */
        size_t known, n, most = quote ? (size_t)(quote - h) : len;

        if (s->base64 || s->len <= MIN_PART || memcmp(s->text, h, MIN_BYTES) != 0)
            continue;
        n = run_as(h, most, s, &as, &known);
        if (known < s->len && n > longest && is_cut_off(h + n, len - n, known))
            longest = n;
    }
    return longest;
}

bool redactor_apply_parts(const struct redactor *r, const char *bytes, size_t len,
                          const char *with, redactor_spares *spares, void *context,
                          struct buf *out) {
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        n = r->first[(unsigned char)bytes[i]] ? part_at(r, bytes + i, len - i) : 0;
        if (n && spares(context, bytes + i, n))
            n = 0;
        if (n)
            buf_adds(out, with);
        else
            buf_addc(out, bytes[i]);
    }
    return !out->failed;
}

bool redactor_finds(const struct redactor *r, const char *bytes, size_t len) {
    const struct hay hay = {bytes, len};

    for (size_t i = 0; i < len; i++) {
        size_t taken;

        if (may_begin(r, bytes + i, len - i) && find_at(r, &hay, i, &taken))
            return true;
    }
    return false;
}
