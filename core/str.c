/* Text comes in. Numbers, distances, matches, base64 and printable text go out. */
#include "core/str.h"

#include <errno.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"

size_t str_utf8_step(const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    size_t n;

    if (len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        n = 2;
    else if ((s[0] & 0xf0) == 0xe0)
        n = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        n = 4;
    else
        return 0;
    if (len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0; /* overlong, surrogate, above U+10FFFF */
    return n;
}

size_t str_ascii_run(const char *text, size_t len) {
    size_t i = 0;
    uint64_t bytes;

    for (; i + sizeof(bytes) <= len; i += sizeof(bytes)) {
        memcpy(&bytes, text + i, sizeof(bytes));
        if (bytes & 0x8080808080808080u)
            break;
    }
    while (i < len && !(text[i] & 0x80))
        i++;
    return i;
}

bool str_utf8_valid(const char *text, size_t len) {
    for (size_t i = str_ascii_run(text, len); i < len;) {
        size_t n = str_utf8_step(text + i, len - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

size_t str_utf8_count(const char *text, size_t len) {
    size_t count = 0;

    for (size_t i = 0; i < len; count++) {
        size_t n = str_utf8_step(text + i, len - i);

        i += n ? n : 1;
    }
    return count;
}

static unsigned code_point(const unsigned char *s, size_t n) {
    static const unsigned char first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned c = s[0] & first_mask[n];

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3f);
    return c;
}

/* Marks that change the direction of text, or are not seen at all. */
static bool invisible(unsigned c) {
    return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x200b ||
           c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static void add_visible_one(struct buf *out, const unsigned char *s, size_t n) {
    static const struct {
        char c;
        const char *text;
    } named[] = {{'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}};
    unsigned c;

    if (n == 0) {
        buf_addf(out, "\\x%02x", s[0]);
        return;
    }
    c = code_point(s, n);
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (c == (unsigned)named[i].c) {
            buf_adds(out, named[i].text);
            return;
        }
    if (c < 0x20 || c == 0x7f)
        buf_addf(out, "\\x%02x", c);
    else if (invisible(c))
        buf_addf(out, "\\u%04x", c);
    else
        buf_add(out, s, n);
}

bool str_add_visible(struct buf *out, const char *text, size_t len, size_t max_bytes) {
    size_t i = 0;

    while (i < len) {
        size_t n = str_utf8_step(text + i, len - i);

        if (i + (n ? n : 1) > max_bytes) {
            buf_addf(out, "... (%zu more bytes)", len - i);
            break;
        }
        add_visible_one(out, (const unsigned char *)text + i, n);
        i += n ? n : 1;
    }
    return !out->failed;
}

/* Levenshtein distance, or a large number for words that are too long to be typos. */
static size_t edits(const char *a, const char *b) {
    size_t la = strlen(a), lb = strlen(b), row[65];

    if (la > 64 || lb > 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t keep = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = keep;
        }
    }
    return row[lb];
}

const char *str_nearest(const char *word, const char *const *words, size_t count) {
    size_t len = strlen(word);
    size_t limit = len < 3 ? 1 : len < 6 ? 2 : len / 3 + 1, best = limit + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t d = words[i] ? edits(word, words[i]) : SIZE_MAX;

        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found;
}

bool str_glob(const char *pattern, const char *text) {
    const char *star = NULL, *resume = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool str_starts(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix) {
    size_t lt = strlen(text), ls = strlen(suffix);

    return lt >= ls && strcmp(text + lt - ls, suffix) == 0;
}

bool str_equal_nocase(const char *a, const char *b) {
    return strcasecmp(a, b) == 0;
}

bool str_to_int(const char *text, size_t len, int64_t *out) {
    char digits[24];
    char *end;
    long long value;

    if (len == 0 || len >= sizeof(digits))
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    for (size_t i = digits[0] == '-'; i < len || i == 0; i++)
        if (digits[i] < '0' || digits[i] > '9')
            return false;
    if (digits[0] == '-' && len == 1)
        return false;
    errno = 0;
    value = strtoll(digits, &end, 10);
    if (errno || *end)
        return false;
    *out = value;
    return true;
}

bool str_to_duration(const char *text, int64_t *ms) {
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = strspn(text, "-0123456789");
    int64_t n;

    if (!str_to_int(text, digits, &n))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strcmp(text + digits, units[i].unit) == 0) {
            if (n > INT64_MAX / units[i].ms || n < INT64_MIN / units[i].ms)
                return false;
            *ms = n * units[i].ms;
            return true;
        }
    return false;
}

bool str_add_base64(struct buf *out, const void *bytes, size_t len) {
    size_t size = BASE64_ENCODE_RAW_LENGTH(len);
    char *text = mem_new(size + 1, 1);
    bool ok;

    base64_encode_raw(text, len, bytes);
    ok = buf_add(out, text, size);
    free(text);
    return ok;
}

bool str_from_base64(struct buf *out, const char *text, size_t len) {
    struct base64_decode_ctx ctx;
    uint8_t *bytes = mem_new(BASE64_DECODE_LENGTH(len) + 1, 1);
    size_t size = 0;
    bool ok;

    base64_decode_init(&ctx);
    ok = base64_decode_update(&ctx, &size, bytes, len, text) &&
         base64_decode_final(&ctx) && buf_add(out, bytes, size);
    free(bytes);
    return ok;
}

bool str_add_percent(struct buf *out, const char *text, size_t len) {
    static const char digits[] = "0123456789ABCDEF";
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
            (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == '~')
            continue;
        buf_add(out, text + from, i - from);
        buf_add(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
        from = i + 1;
    }
    return buf_add(out, text + from, len - from);
}

bool str_add_shell(struct buf *out, const char *text, size_t len) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_-./:=@%+,";
    size_t safe = 0;

    while (safe < len && text[safe] && strchr(plain, text[safe]))
        safe++;
    if (len && safe == len)
        return buf_add(out, text, len);
    buf_addc(out, '\'');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, text[i]);
    }
    return buf_addc(out, '\'');
}

bool str_add_curl_url(struct buf *out, const char *base_url, const char *target) {
    struct buf url = BUF_INIT(BUF_UNLIMITED);
    bool ok = true;

    buf_adds(&url, base_url);
    if (*target == '/' || *target == '?') {
        buf_adds(&url, target);
    } else {
        buf_adds(out, "--request-target ");
        str_add_shell(out, target, strlen(target));
        buf_addc(out, ' ');
    }
    ok = str_add_shell(out, url.ptr, url.len);
    buf_release(&url);
    return ok;
}

bool str_is_plain(const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t n = str_utf8_step(text + i, len - i);
        unsigned char c = (unsigned char)text[i];

        if (n == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && n == 2))
            return false;
        i += n;
    }
    return true;
}

bool str_add_printf(struct buf *out, const char *text, size_t len) {
    buf_adds(out, "printf '");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '%' || c == '\\')
            buf_addf(out, "%c%c", c, c);
        else if (c < 0x20 || c >= 0x7f || c == '\'' || (c == '-' && i == 0))
            buf_addf(out, "\\%03o", c);
        else
            buf_addc(out, (char)c);
    }
    return buf_adds(out, "' | ");
}

const char *str_find(const char *hay, size_t hay_len, const char *needle,
                     size_t needle_len) {
    return memmem(hay, hay_len, needle, needle_len);
}

void str_sha256(const void *bytes, size_t len, char out[65]) {
    static const char hex[] = "0123456789abcdef";
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&ctx);
    sha256_update(&ctx, len, bytes);
    sha256_digest(&ctx, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    out[64] = '\0';
}

bool str_is_word_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_' || c == '-';
}
