/*
 * covering.h - a covering array: few rows that hold every pair, or every triple, of
 * values.
 *
 * What software faults need is a few factors: with every pair of values in some row,
 * most are met by far fewer rows than there are combinations. The rows are made
 * greedily, one after another, and are the same for the same input: nothing is random.
 * What may not go together is never in a row; an invalid value stands alone among valid
 * ones, so that one refusal does not hide another.
 *
 * Units      factors and values count from 0; a set of values is a bit a value.
 * Ownership  covering_rows() returns `count` rows of `factor_count` values each, one
 *            array for free().
 * Threads    pure.
 */
#ifndef ASSAY_COVERING_H
#define ASSAY_COVERING_H

#include "core/base.h"

enum {
    COVERING_MAX_VALUES = 64,
    COVERING_MAX_FACTORS = 16,
    COVERING_MAX_SIZE = 1 << 20 /* combinations that rows are made for */
};

/* One factor has one of these values. */
struct covering_term {
    unsigned factor;
    uint64_t values;
};

/* All terms together: what may not be (`never`), or what must be met (`also`: every
 * combination of the factors' values among these). */
struct covering_rule {
    const struct covering_term *terms;
    size_t term_count;
};

struct covering {
    size_t factor_count;
    const unsigned *values;  /* how many each factor has */
    const uint64_t *invalid; /* which of them are invalid */
    unsigned strength;       /* 1, 2 or 3 factors together */
    const struct covering_rule *never, *also;
    size_t never_count, also_count;
};

/* How many combinations the rows must hold. Over COVERING_MAX_SIZE they are not made. */
size_t covering_size(const struct covering *c);
unsigned *covering_rows(const struct covering *c, size_t *count);
/* Is the whole row allowed? */
bool covering_allows(const struct covering *c, const unsigned *row);

#endif
