/* Pairs of a recorded and a present name come in. What differs between them goes out,
 * and names and texts in the other form. */
#include "replay/renaming.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/word_replace.h"

enum { MIN_SWAP = 3, MAX_SWAPS = 64, MIN_COMMON = 3 };

static size_t common_head(const char *a, const char *b) {
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static size_t common_tail(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t n = 0;

    while (n < a_len && n < b_len && a[a_len - 1 - n] == b[b_len - 1 - n])
        n++;
    return n;
}

void renaming_learn(struct renaming *l, const char *here, const char *there) {
    size_t h = strlen(here), t = strlen(there), head = common_head(here, there), tail;
    struct swap s;

    if (strcmp(here, there) == 0)
        return;
    tail = common_tail(here + head, h - head, there + head, t - head);
    h -= head + tail;
    t -= head + tail;
    if (h < MIN_SWAP || t < MIN_SWAP || head + tail < MIN_COMMON)
        return;
    s = (struct swap){mem_strndup(here + head, h), mem_strndup(there + head, t)};
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->swaps[i].here, s.here) == 0 &&
            strcmp(l->swaps[i].there, s.there) == 0) {
            free(s.here);
            free(s.there);
            return;
        }
    if (l->count == MAX_SWAPS) { /* the oldest goes */
        free(l->swaps[0].here);
        free(l->swaps[0].there);
        memmove(l->swaps, l->swaps + 1, (MAX_SWAPS - 1) * sizeof(*l->swaps));
        l->count--;
    }
    l->swaps = mem_grow(l->swaps, l->count + 1, sizeof(*l->swaps));
    l->swaps[l->count++] = s;
}

char *renaming_apply(const struct renaming *l, size_t n, const char *text, bool back) {
    const char *from = back ? l->swaps[n].there : l->swaps[n].here;
    const char *to = back ? l->swaps[n].here : l->swaps[n].there;
    const char *at = strstr(text, from);
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (!at)
        return NULL;
    while (at) {
        buf_add(&out, text, (size_t)(at - text));
        buf_adds(&out, to);
        text = at + strlen(from);
        at = strstr(text, from);
    }
    buf_adds(&out, text);
    return buf_take(&out, NULL);
}

char *renaming_text(const struct renaming *l, const char *text, bool back) {
    for (size_t i = l->count; i-- > 0;) {
        char *swapped = renaming_apply(l, i, text, back);

        if (swapped)
            return swapped;
    }
    return mem_strdup(text);
}

int renaming_score(const char *a, const char *b) {
    size_t a_len = strlen(a), b_len = strlen(b), head = common_head(a, b), tail;
    size_t longer = a_len > b_len ? a_len : b_len;

    if (!longer)
        return 1000;
    tail = common_tail(a + head, a_len - head, b + head, b_len - head);
    return (int)((head + tail) * 1000 / longer);
}

void renaming_release(struct renaming *l) {
    for (size_t i = 0; i < l->count; i++) {
        free(l->swaps[i].here);
        free(l->swaps[i].there);
    }
    free(l->swaps);
    memset(l, 0, sizeof(*l));
}

void renaming_swap_words(const struct renaming *l, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = *text; l->count && *at;) {
        size_t n = word_length(at);
        char *word = n && word_is_identifier(at, n) ? mem_strndup(at, n) : NULL;
        char *here = word ? renaming_text(l, word, true) : NULL;

        any = any || (here && strcmp(here, word) != 0);
        if (here)
            buf_adds(&out, here);
        else
            buf_add(&out, at, n ? n : 1);
        at += n ? n : 1;
        free(word);
        free(here);
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}
