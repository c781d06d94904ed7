/*
 * list_order.h - in which order the recorded implementation lists secrets,
 * as far as its lists tell.
 *
 * Threads    histories are read-only.
 */
#ifndef ASSAY_REPLAY_LOAD_LIST_ORDER_H
#define ASSAY_REPLAY_LOAD_LIST_ORDER_H

#include "core/base.h"

struct histories;

enum list_order_by {
    LIST_ORDER_UNKNOWN,
    LIST_ORDER_CREATED,
    LIST_ORDER_SET,
    LIST_ORDER_NAME,
    LIST_ORDER_ID
};

struct list_order {
    enum list_order_by by;
    bool up;     /* the oldest first, from A to Z */
    bool either; /* LIST_ORDER_CREATED, and no list tells it from LIST_ORDER_SET */
};

/* The first of these orders that no recorded list contradicts. */
struct list_order list_order_learn(const struct histories *s);
/* "newest first" and the like, or NULL. */
const char *list_order_text(const struct list_order *l);

#endif
