/*
 * row_log.h - every exchange of a case's present row, in order: what a script needs to send
 * it again. Private to harness.
 *
 * Units      at_ms milliseconds on the target's clock since the row began.
 * Ownership  row_log_add() takes over the contents of the exchange; row_log_release()
 *            frees all.
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_ROW_LOG_H
#define ASSAY_HARNESS_RUN_ROW_LOG_H

#include "harness/run/client.h"

struct sent_exchange {
    struct exchange x;
    char as[32]; /* whose key */
    int64_t at_ms;
    bool cleaning; /* it only removes what the row made */
};

struct row_log {
    struct sent_exchange *items;
    size_t count;
    int64_t began_ms; /* on the target's clock */
    size_t step_from; /* the first exchange of the present step */
};

/* Returns its place; `now_ms` on the target's clock. */
size_t row_log_add(struct row_log *log, struct exchange *x, const char *as,
                   int64_t now_ms, bool cleaning);
void row_log_release(struct row_log *log);

#endif
