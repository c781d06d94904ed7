/* The exchanges of a row come in as they end, and stay until the row has. */
#include "harness/run/row_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

size_t row_log_add(struct row_log *log, struct exchange *x, const char *as,
                   int64_t now_ms, bool cleaning) {
    struct sent_exchange *one;

    log->items = mem_grow(log->items, log->count + 1, sizeof(*log->items));
    one = &log->items[log->count];
    *one = (struct sent_exchange){.x = *x,
                                  .at_ms = now_ms - log->began_ms - (int64_t)x->ms,
                                  .cleaning = cleaning};
    memset(x, 0, sizeof(*x));
    snprintf(one->as, sizeof(one->as), "%s", as);
    return log->count++;
}

void row_log_release(struct row_log *log) {
    for (size_t i = 0; i < log->count; i++)
        exchange_release(&log->items[i].x);
    free(log->items);
    *log = (struct row_log){0};
}
