/*
 * linearize.h - does some order of overlapping operations on one register explain what
 * they answered, and which?
 *
 * Wing and Gong's search. A read that fits what stands is done at once, for that can do
 * no harm; so only writes are tried in more than one place. A place from which some
 * read can no longer be explained is left at once, and what was tried is remembered.
 * Where nothing is removed and each read tells its write, the time it takes grows as
 * the cube of the number.
 *
 * Units      microseconds of arrival and answer.
 * Threads    any; it keeps nothing.
 */
#ifndef ASSAY_CORE_LINEARIZE_H
#define ASSAY_CORE_LINEARIZE_H

#include "core/base.h"

/* Up to so many operations it is looked up beforehand which write each read can show:
 * that decides most cases at once. */
enum { LINEARIZE_SURE = 128 };

/* What stands; any other number from 0 on is a value of the caller's. */
enum { LINEARIZE_NOTHING = -1, LINEARIZE_ANYTHING = -2 };

enum linearize_kind {
    LINEARIZE_SETS,    /* its value stands then */
    LINEARIZE_REMOVES, /* nothing stands then */
    LINEARIZE_READS
};

struct linearize_op {
    int64_t began_us,
        ended_us; /* INT64_MAX = not answered: it may never have happened */
    enum linearize_kind kind;
    int value;
};

enum linearized {
    LINEARIZE_FOUND,
    LINEARIZE_NONE,   /* no order explains the answers */
    LINEARIZE_UNKNOWN /* too many to try them all */
};

/* Can `op` have answered so while `value` stood? */
typedef bool linearize_fits(void *context, size_t op, int value);

/* `ops` by arrival, and what stood before them. Fills `order`, with room for `count`,
 * with their indices; those that never happened are not in it. After `max_steps` writes
 * that were tried it gives up. */
enum linearized linearize(const struct linearize_op *ops, size_t count, int value,
                          linearize_fits *fits, void *context, size_t max_steps,
                          size_t *order);

#endif
