/*
 * cause.h - one cause while it is found, and how it is told. Private to causes.
 *
 * Ownership  the symptoms and the table outlive it.
 */
#ifndef ASSAY_HARNESS_CAUSES_CAUSE_H
#define ASSAY_HARNESS_CAUSES_CAUSE_H

#include "harness/causes/symptoms.h"

enum confidence { CONFIDENCE_CERTAIN, CONFIDENCE_LIKELY, CONFIDENCE_GUESS };

struct cause {
    const char *clause;
    const struct diagnosis *known; /* NULL = like mismatches */
    const char *lacks;             /* it is absent, not broken: what and.. */
    const char *saw;               /* ..what was seen of it; else NULL */
    bool went_away;                /* what had no answer since the target was gone */
    bool unlike; /* the same checks, and other answers than the known defect's */
    enum confidence confidence;
    size_t count, blocked; /* symptoms, and those of them that it blocked */
};

/* As an entry of `causes`; new. */
json_t *cause_json(const struct cause *c, size_t index, const struct symptoms *s);
/* The symptom to look at first; SIZE_MAX = it has none. */
size_t cause_first(const struct cause *c, size_t index, const struct symptoms *s);

#endif
