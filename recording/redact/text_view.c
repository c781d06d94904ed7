/* A text comes in as it was sent; out goes what it says: decoded and folded, with the
 * place of each byte. */
#include "recording/redact/text_view.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/unescape.h"

enum { MAX_ROUNDS = 5 }; /* JSON in a form in JSON in a form */

/* Without a branch, so that a compiler does many at once. */
static char fold_byte(char c) {
    unsigned char large = (unsigned char)((unsigned char)(c - 'A') < 26),
                  plus = (unsigned char)(c == '+');

    return (char)(c + (char)(large << 5) - (char)(plus * ('+' - ' ')));
}

void text_view_plain(struct text_view *v, const char *text, size_t len) {
    char *restrict folded = mem_grow(NULL, len + TEXT_VIEW_SPARE, 1);

    for (size_t i = 0; i < len; i++)
        folded[i] = fold_byte(text[i]);
    memset(folded + len, 0, TEXT_VIEW_SPARE);
    *v = (struct text_view){.shown = text, .folded = folded, .count = len};
}

bool text_view_is_encoded(const char *text, size_t len) {
    unsigned char bits = 0;

    for (size_t i = 0; i < len; i++)
        if ((text[i] & 0x80) || !text[i] || text[i] == '%' || text[i] == '\\' ||
            text[i] == '&')
            bits |= 1;
    return bits;
}

/* An escape at h, or one byte. A run of backslashes is one, whatever follows. */
static struct unit unit_at(const char *h, size_t len) {
    static const struct layers as = {PERCENT_LAYERS, 1, 1, false};
    size_t run = 0;
    struct unit u;

    if (*h != '\\')
        return unescape_at(h, len, &as);
    while (run < len && h[run] == '\\')
        run++;
    u = unescape_at(h + run - 1, len - run + 1, &as);
    u.taken += run - 1;
    return u;
}

/* One round, in place: what is decoded is never longer. True if anything was. */
static bool decode(char *text, uint32_t *from, size_t *count) {
    size_t out = 0, i = 0;
    bool changed = false;

    while (i < *count) {
        struct unit u;
        uint32_t place = from[i];

        if (text[i] != '%' && text[i] != '\\' && text[i] != '&') {
            text[out] = text[i];
            from[out++] = from[i++];
            continue;
        }
        u = unit_at(text + i, *count - i);
        changed = changed || u.taken > 1;
        i += u.taken;
        for (size_t k = 0; k < u.count; k++) {
            text[out] = u.bytes[k];
            from[out++] = place;
        }
    }
    from[out] = from[*count];
    *count = out;
    return changed;
}

/* The base letter of a code point, small; '.' = it has none. */
static char base_letter(unsigned c) {
    static const char latin[] =
        "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.yaaaaaacccccccc"
        "dd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll....nnnnnn...oooooo..rrrrrrss"
        "ssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.................................oo......."
        "......uu............................aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg."
        ".nnaa....aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy................."
        "...........";
    static const char more[] =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoo"
        "oooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy.."
        "....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuu"
        "uuuuuuuuyyyyyyyy......";

    if (c >= 0xc0 && c < 0x250)
        return latin[c - 0xc0];
    return c >= 0x1e00 && c < 0x1f00 ? more[c - 0x1e00] : '.';
}

/* The code point of two or three bytes of UTF-8, 0 = it is none. */
static unsigned code_point(const char *h, size_t len, size_t *taken) {
    const unsigned char *b = (const unsigned char *)h;

    *taken = b[0] < 0xe0 ? 2 : 3;
    if (b[0] < 0xc2 || b[0] >= 0xf0 || len < *taken || (b[1] & 0xc0) != 0x80)
        return 0;
    if (*taken == 2)
        return (b[0] & 0x1fu) << 6 | (b[1] & 0x3f);
    return (b[2] & 0xc0) != 0x80
               ? 0
               : (b[0] & 0xfu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3f);
}

/* `shown` and `from` shrink with it where bytes fall out. */
static void fold(struct text_view *v) {
    char *shown = v->owned;
    size_t out = 0, taken;

    for (size_t i = 0; i < v->count; i += taken) {
        unsigned c = shown[i] & 0x80 ? code_point(shown + i, v->count - i, &taken) : 0;
        char base = base_letter(c);

        if (!c)
            taken = 1;
        if (!shown[i] || shown[i] == '\\' || (c >= 0x300 && c < 0x370))
            continue; /* NUL, what escapes nothing, a mark on the letter before */
        if (base != '.') {
            v->from[out] = v->from[i];
            shown[out] = shown[i];
            v->folded[out++] = base;
            continue;
        }
        for (size_t k = 0; k < taken; k++, out++) {
            v->from[out] = v->from[i + k];
            shown[out] = shown[i + k];
            v->folded[out] = fold_byte(shown[i + k]);
        }
    }
    v->from[out] = v->from[v->count];
    v->count = out;
    memset(v->folded + out, 0, TEXT_VIEW_SPARE);
}

void text_view_decoded(struct text_view *v, const char *text, size_t len) {
    *v =
        (struct text_view){.text = text, .owned = mem_strndup(text, len), .count = len};
    v->shown = v->owned;
    v->from = mem_grow(NULL, len + 1, sizeof(*v->from));
    for (size_t i = 0; i <= len; i++)
        v->from[i] = (uint32_t)i;
    for (int round = 0; round < MAX_ROUNDS; round++)
        if (!decode(v->owned, v->from, &v->count))
            break;
    v->folded = mem_grow(NULL, v->count + TEXT_VIEW_SPARE, 1);
    fold(v);
}

void text_view_release(struct text_view *v) {
    free(v->folded);
    free(v->from);
    free(v->owned);
    *v = (struct text_view){0};
}

size_t text_view_begin(const struct text_view *v, size_t i) {
    return v->from ? v->from[i] : i;
}

size_t text_view_before(const struct text_view *v, size_t i) {
    size_t at = text_view_begin(v, i), least = v->from && i ? v->from[i - 1] + 1 : 0;

    while (v->from && at > least)
        if (v->text[at - 1] == '\\')
            at--;
        else if (at >= least + 3 && v->text[at - 3] == '%' && v->text[at - 2] == '5' &&
                 (v->text[at - 1] | 0x20) == 'c')
            at -= 3;
        else
            break;
    return at;
}

/* An escape of several bytes goes as a whole, also if the last of them is not meant. */
size_t text_view_end(const struct text_view *v, size_t i) {
    size_t end;

    if (!v->from)
        return i;
    while (i && i < v->count && v->from[i] == v->from[i - 1])
        i++;
    for (end = v->from[i]; i && end > v->from[i - 1] + 1 && v->text[end - 1] == '\\';)
        end--; /* they fell out behind it */
    return end;
}
