/* Secrets come in, then text. The text goes out with each form of each secret replaced.
 * */
#include "recording/redact/secret_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/trie.h"
#include "core/unescape.h"

enum {
    MIN_BYTES = 4,
    MIN_BASE64 = 5,     /* characters that depend on the secret alone */
    MIN_PART = 8,       /* of a secret that is cut off by an ellipsis .. */
    MIN_BARE_PART = 12, /* .. or without a word */
    WORD_BYTES = 8,     /* what is shorter must be a whole word, if it is one */
};

struct known_secret {
    char *text, *token;
    bool base64; /* text is an inner piece of a base64 form; the run around goes too */
    bool word;   /* only where no letter or digit is before or behind it */
    struct known_secret *next;
};

struct secret_set {
    struct trie *trie, *base64; /* texts; pieces of base64, where case counts */
    struct known_secret *secrets;
    bool first[256];   /* bytes that some text begins with, in either case .. */
    bool first64[256]; /* .. and some piece */
    bool percent, slash, amper; /* some secret has one itself */
};

struct secret_set *secret_set_new(void) {
    struct secret_set *r = mem_new(1, sizeof(*r));

    r->trie = trie_new();
    r->base64 = trie_new();
    return r;
}

void secret_set_free(struct secret_set *r) {
    if (!r)
        return;
    for (struct known_secret *s = r->secrets, *next; s; s = next) {
        next = s->next;
        free(s->text);
        free(s->token);
        free(s);
    }
    trie_free(r->trie);
    trie_free(r->base64);
    free(r);
}

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len) {
    while (*len && is_blank(**text))
        ++*text, --*len;
    while (*len && is_blank((*text)[*len - 1]))
        --*len;
}

/* Perhaps with blanks around it: "one " is none in "one of them". */
static bool is_word(const char *text, size_t len) {
    bool is_short = len < WORD_BYTES;

    trim(&text, &len);
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]))
            return false;
    return is_short;
}

static void insert(struct secret_set *r, const char *text, size_t len,
                   const char *token, bool base64) {
    struct known_secret *s = mem_new(1, sizeof(*s));

    s->text = mem_strndup(text, len);
    if (!trie_add(base64 ? r->base64 : r->trie, s->text, len, s)) {
        free(s->text);
        free(s);
        return;
    }
    s->token = mem_strdup(token);
    s->base64 = base64;
    s->word = !base64 && is_word(text, len);
    s->next = r->secrets;
    r->secrets = s;
    (base64 ? r->first64 : r->first)[(unsigned char)text[0]] = true;
    if (!base64 && is_letter(text[0]))
        r->first[(unsigned char)text[0] ^ 0x20] = true;
    if (base64)
        return;
    r->percent = r->percent || memchr(text, '%', len);
    r->slash = r->slash || memchr(text, '\\', len);
    r->amper = r->amper || memchr(text, '&', len);
}

/* The characters of a base64 text that depend on the secret alone, for each of the
 * three places where it can begin in a group. */
static void insert_base64(struct secret_set *r, const char *secret, size_t len,
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

/* UTF-8 that was taken for Latin-1 and encoded once more. */
static void insert_twice_encoded(struct secret_set *r, const char *secret, size_t len,
                                 const char *token) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)secret[i];

        if (c >= 0x80)
            buf_addc(&text, (char)(0xc0 | c >> 6));
        buf_addc(&text, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
    }
    if (text.len > len)
        insert(r, text.ptr, text.len, token, false);
    buf_release(&text);
}

bool secret_set_add(struct secret_set *r, const char *secret, size_t len,
                    const char *token) {
    const char *core = secret;
    size_t core_len = len;

    trim(&core, &core_len);
    if (core_len < MIN_BYTES)
        return false;
    insert(r, secret, len, token, false);
    insert_base64(r, secret, len, token);
    /* as many a server keeps what it is sent */
    insert(r, core, core_len, token, false);
    insert_twice_encoded(r, secret, len, token);
    return true;
}

struct hay {
    const char *text;
    size_t len;
};

struct hit {
    const struct known_secret *secret; /* NULL = none */
    size_t len;                        /* bytes of hay */
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

/* A way through the secrets. */
struct walk {
    struct trie_place place;
    bool base64; /* case counts, line ends do not */
    bool folded; /* some letter was of the other case */
};

static bool step(struct walk *w, char c) {
    char other = (char)(c ^ 0x20);

    if (trie_step(&w->place, c))
        return true;
    if (w->base64 || !is_letter(c) || !trie_step(&w->place, other))
        return false;
    w->folded = true;
    return true;
}

/* One character on, decoded or, if no secret goes on so, as it is: how many bytes of
 * hay that are; 0 = no secret goes on. */
static size_t advance(struct walk *w, const char *h, size_t len,
                      const struct layers *as) {
    struct unit u = unescape_at(h, len, as);
    struct walk next = *w;
    size_t n = 0;

    while (n < u.count && step(&next, u.bytes[n]))
        n++;
    if (n == u.count) {
        *w = next;
        return u.taken;
    }
    return step(w, *h) || (*h == '+' && step(w, ' ')) ? 1 : 0;
}

/* Is a secret that ends here one? In the other case only if it is longer. */
static bool counts(const struct known_secret *s, const struct walk *w,
                   const struct hay *hay, size_t at, size_t len) {
    if (w->folded && len < WORD_BYTES)
        return false;
    return !s->word || stands_alone(hay, at, len);
}

enum readings { READ_ESCAPES = 1 << 0, READ_PLUS = 1 << 1 };

/* A line end, as it is or escaped: its length. */
static size_t line_end(const char *h, size_t len) {
    static const struct layers as = {0, 1, 0, false};
    struct unit u = unescape_at(h, len, &as);

    return u.bytes[0] == '\n' || u.bytes[0] == '\r' ? u.taken : 0;
}

/* The longest secret at a place, read by these layers. What could be read in another
 * way is returned. */
static unsigned follow(struct walk w, const struct hay *hay, size_t at,
                       const struct layers *as, struct hit *best) {
    size_t i = at, n;
    unsigned other = 0;

    while (i < hay->len) {
        const struct known_secret *s;

        if (w.base64 && i > at && (n = line_end(hay->text + i, hay->len - i))) {
            i += n;
            continue;
        }
        other |= unescape_begins(hay->text[i]) ? READ_ESCAPES : 0;
        other |= hay->text[i] == '+' ? READ_PLUS : 0;
        if (!(n = advance(&w, hay->text + i, hay->len - i, as)))
            break;
        i += n;
        s = trie_value(&w.place);
        if (s && i - at > best->len && counts(s, &w, hay, at, i - at))
            *best = (struct hit){s, i - at};
    }
    return other;
}

/* Two digits a byte, in either case, also with a colon or a blank between bytes. */
static void follow_hex(const struct secret_set *r, const struct hay *hay, size_t at,
                       struct hit *best) {
    struct trie_place p = trie_root(r->trie);
    int byte;

    for (size_t i = at; hay->len - i >= 2; i += 2) {
        const struct known_secret *s;

        if ((byte = unescape_hex(hay->text + i)) < 0 || !trie_step(&p, (char)byte))
            return;
        s = trie_value(&p);
        if (s && i + 2 - at > best->len)
            *best = (struct hit){s, i + 2 - at};
        if (hay->len - i > 2 && memchr(": -", hay->text[i + 2], 3))
            i++;
    }
}

static void follow_plus(const struct secret_set *r, const struct hay *hay, size_t at,
                        struct layers *as, struct hit *best, unsigned *other) {
    struct walk texts = {.place = trie_root(r->trie)};

    as->plus = false;
    *other |= follow(texts, hay, at, as, best);
    as->plus = true;
    if (*other & READ_PLUS)
        *other |= follow(texts, hay, at, as, best);
}

static void follow_base64(const struct secret_set *r, const struct hay *hay, size_t at,
                          struct hit *best) {
    static const struct layers as = {PERCENT_LAYERS, SLASH_LAYERS, HTML_LAYERS, false};

    if (r->first64[(unsigned char)hay->text[at]] || unescape_begins(hay->text[at]))
        follow((struct walk){.place = trie_root(r->base64), .base64 = true}, hay, at,
               &as, best);
}

/* Only for a secret that has an escape character itself it matters how often the hay is
 * encoded. */
static struct hit find_at(const struct secret_set *r, const struct hay *hay,
                          size_t at) {
    struct layers as = {PERCENT_LAYERS, SLASH_LAYERS, HTML_LAYERS, false};
    struct hit best = {NULL, 0};
    unsigned other = 0;

    follow_plus(r, hay, at, &as, &best, &other);
    follow_base64(r, hay, at, &best);
    follow_hex(r, hay, at, &best);
    if (!(other & READ_ESCAPES) || !(r->percent || r->slash || r->amper))
        return best;
    for (as.percent = r->percent ? 0 : PERCENT_LAYERS; as.percent <= PERCENT_LAYERS;
         as.percent++)
        for (as.slashes = r->slash ? 0 : SLASH_LAYERS; as.slashes <= SLASH_LAYERS;
             as.slashes++)
            for (as.html = r->amper ? 0 : HTML_LAYERS; as.html <= HTML_LAYERS;
                 as.html++)
                follow_plus(r, hay, at, &as, &best, &other);
    return best;
}

/* May a secret begin here, in some form? */
static bool may_begin(const struct secret_set *r, const char *h, size_t len) {
    int byte;

    return r->first[(unsigned char)*h] || r->first64[(unsigned char)*h] ||
           unescape_begins(*h) || *h == '+' ||
           (len >= 2 * MIN_BYTES && (byte = unescape_hex(h)) >= 0 && r->first[byte]);
}

static bool base64_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

bool secret_set_replace(const struct secret_set *r, const char *bytes, size_t len,
                        struct buf *out) {
    const struct hay hay = {bytes, len};
    size_t i = 0, run = 0; /* run: where the present base64 text began in `out` */

    while (i < len) {
        struct hit hit = {NULL, 0};

        if (!base64_char(bytes[i]))
            run = out->len + 1;
        if (may_begin(r, bytes + i, len - i))
            hit = find_at(r, &hay, i);
        if (!hit.secret) {
            buf_addc(out, bytes[i++]);
            continue;
        }
        i += hit.len;
        if (hit.secret->base64) {
            buf_cut(out, run < out->len ? run : out->len);
            while (i < len && base64_char(bytes[i]))
                i++;
        }
        buf_adds(out, hit.secret->token);
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

/* Up to a quote that is not escaped: the text ends there. */
static size_t until_quote(const char *h, size_t len) {
    size_t n = 0;

    while (n < len && h[n] != '"')
        n += h[n] == '\\' && n + 1 < len ? 2 : 1;
    return n;
}

/* How long the beginning of a secret is that stands at h, within `most`, and is cut
 * off.
 */
static size_t part_read_as(const struct trie *trie, const char *h, size_t most,
                           size_t len, const struct layers *as) {
    size_t i = 0, known = 0, n;
    struct walk w = {.place = trie_root(trie), .base64 = true};

    for (; i < most && (n = advance(&w, h + i, most - i, as)); known++)
        i += n;
    return trie_goes_on(&w.place) && is_cut_off(h + i, len - i, known) ? i : 0;
}

/* The longest, in whatever way it is read. */
static size_t part_at(const struct secret_set *r, const char *h, size_t most,
                      size_t len) {
    struct layers as = {PERCENT_LAYERS, SLASH_LAYERS, HTML_LAYERS, false};
    size_t best = part_read_as(r->base64, h, most, len, &as);

    for (as.percent = r->percent ? 0 : PERCENT_LAYERS; as.percent <= PERCENT_LAYERS;
         as.percent++)
        for (as.slashes = r->slash ? 0 : SLASH_LAYERS; as.slashes <= SLASH_LAYERS;
             as.slashes++) {
            size_t n = part_read_as(r->trie, h, most, len, &as);

            best = n > best ? n : best;
        }
    return best;
}

bool secret_set_replace_parts(const struct secret_set *r, const char *bytes, size_t len,
                              const char *with, secret_set_spares *spares,
                              void *context, struct buf *out) {
    size_t end = 0; /* of the text that i is in */

    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        if (i >= end)
            end = i + until_quote(bytes + i, len - i);
        n = r->first[(unsigned char)bytes[i]] || r->first64[(unsigned char)bytes[i]]
                ? part_at(r, bytes + i, end - i, len - i)
                : 0;
        if (n && spares(context, bytes + i, n))
            n = 0;
        if (n)
            buf_adds(out, with);
        else
            buf_addc(out, bytes[i]);
    }
    return !out->failed;
}

bool secret_set_finds(const struct secret_set *r, const char *bytes, size_t len) {
    const struct hay hay = {bytes, len};

    for (size_t i = 0; i < len; i++)
        if (may_begin(r, bytes + i, len - i) && find_at(r, &hay, i).secret)
            return true;
    return false;
}
