/*
 * likeness.h - which recorded name a new name stands for.
 *
 * Once two names are known to be the same one, what differs between them (the prefix of
 * a run, say) is remembered as a swap, and other names are tried with it first.
 *
 * Ownership  a zeroed likeness is empty; likeness_release() empties it.
 */
#ifndef ASSAY_LIKENESS_H
#define ASSAY_LIKENESS_H

#include "core/base.h"

struct likeness {
    struct swap {
        char *here, *there; /* in the new names, in the recorded ones */
    } * swaps;
    size_t count;
};

void likeness_learn(struct likeness *l, const char *here, const char *there);
/* `text` as it would be in the recording (or, `back`, as it would be here) by the n-th
 * swap; new text, or NULL if the swap does not apply. */
char *likeness_apply(const struct likeness *l, size_t n, const char *text, bool back);
/* By whichever swap applies first, else a copy. */
char *likeness_text(const struct likeness *l, const char *text, bool back);
/* 0 (nothing in common) to 1,000 (equal). */
int likeness_score(const char *a, const char *b);
void likeness_release(struct likeness *l);
/* The names in a longer text, from there to here: identifiers only, for a plain word
 * may be prose. Frees and replaces the text if one changes. */
void likeness_swap_words(const struct likeness *l, char **text);

#endif
