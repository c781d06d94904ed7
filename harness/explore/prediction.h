/*
 * prediction.h - which of the answers to a sequence are to be predicted.
 *
 * Ownership  a prediction borrows.
 */
#ifndef ASSAY_HARNESS_EXPLORE_PREDICTION_H
#define ASSAY_HARNESS_EXPLORE_PREDICTION_H

#include "harness/explore/sequence.h"
#include "harness/spec/catalogue.h"

struct prediction {
    const struct catalogue *catalogue;
    bool
        no_small_walks; /* the account scope may hold more than can be walked by ones */
    bool last_only;     /* only the last move is checked */
    /* Of the answer only this: what stands in a check's id behind the number of its
     * move; NULL = all. */
    const char *only;
};

#endif
