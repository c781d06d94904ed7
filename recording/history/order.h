/*
 * order.h - in which order overlapping requests about one secret were done: what they
 * answered tells.
 *
 * Wing and Gong's search. A read that fits what stands is done at once, for that can do
 * no harm; so only writes are tried in more than one place.
 *
 * Units      as struct recorded: microseconds of arrival and answer.
 * Threads    any; it keeps nothing.
 */
#ifndef ASSAY_RECORDING_HISTORY_ORDER_H
#define ASSAY_RECORDING_HISTORY_ORDER_H

#include "core/base.h"

enum { ORDER_NOTHING = -1, ORDER_ANYTHING = -2 }; /* what stands; else a value */

enum order_kind {
    ORDER_SETS,    /* its value stands then */
    ORDER_REMOVES, /* nothing stands then */
    ORDER_READS
};

struct order_op {
    int64_t began_us, ended_us;
    enum order_kind kind;
    int value;
};

enum order_found {
    ORDER_FOUND,
    ORDER_NONE,   /* no order explains the answers */
    ORDER_UNKNOWN /* too many to try them all */
};

/* Can `op` have answered so while `value` stood? */
typedef bool order_fits(void *context, size_t op, int value);

/* `ops` by arrival, and what stood before them. Fills `order` with their indices. */
enum order_found order_find(const struct order_op *ops, size_t count, int value,
                            order_fits *fits, void *context, size_t *order);

#endif
