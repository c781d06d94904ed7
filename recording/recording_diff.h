/*
 * recording_diff.h - what has changed between two recordings, but for what is volatile.
 *
 * Exchanges are aligned by their stable texts (stable_text.h). One that goes where a like
 * one comes (the same method and path) has changed. Ids and tokens are compared by what
 * they stand for: whether the same exchanges speak of the same one.
 *
 * Ownership  recording_diff_release() empties; the recordings are borrowed until then.
 */
#ifndef ASSAY_RECORDING_RECORDING_DIFF_H
#define ASSAY_RECORDING_RECORDING_DIFF_H

#include "recording/stable_text.h"

enum change_kind {
    CHANGE_GONE,     /* only the first has it */
    CHANGE_NEW,      /* only the second has it */
    CHANGE_ANSWERED, /* another text */
    CHANGE_IDENTITY  /* the same text, of another secret or id */
};

struct recording_change {
    enum change_kind kind;
    size_t a, b; /* indices; of CHANGE_GONE only a counts, of CHANGE_NEW only b */
    char *what;  /* CHANGE_IDENTITY: in words */
};

struct recording_diff {
    const struct recording *a, *b;
    struct stable_texts a_texts, b_texts;
    struct recording_change *items;
    size_t count, same; /* changes; exchanges that are the same */
};

void recording_diff(struct recording_diff *d, const struct recording *a,
                    const struct recording *b);
void recording_diff_release(struct recording_diff *d);

#endif
