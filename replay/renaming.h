/*
 * renaming.h - which recorded name a new name stands for.
 *
 * Once two names are known to be the same one, what differs between them (the prefix of
 * a run, say) is remembered as a swap, and other names are tried with it first.
 *
 * Ownership  a zeroed renaming is empty; renaming_release() empties it.
 */
#ifndef ASSAY_REPLAY_RENAMING_H
#define ASSAY_REPLAY_RENAMING_H

#include "core/base.h"

struct renaming {
    struct swap {
        char *here, *there; /* in the new names, in the recorded ones */
    } * swaps;
    size_t count;
};

void renaming_learn(struct renaming *l, const char *here, const char *there);
/* `text` as it would be in the recording (or, `back`, as it would be here) by the n-th
 * swap; new text, or NULL if the swap does not apply. */
char *renaming_apply(const struct renaming *l, size_t n, const char *text, bool back);
/* By whichever swap applies first, else a copy. */
char *renaming_text(const struct renaming *l, const char *text, bool back);
/* 0 (nothing in common) to 1,000 (equal). */
int renaming_score(const char *a, const char *b);
void renaming_release(struct renaming *l);
/* The names in a longer text, from there to here: identifiers only, for a plain word
 * may be prose. Frees and replaces the text if one changes. */
void renaming_swap_words(const struct renaming *l, char **text);

#endif
