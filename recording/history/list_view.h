/*
 * list_view.h - what an answered list shows: its secrets by name.
 *
 * Ownership  list_view_release() frees what list_view_read() made.
 * Threads    any.
 */
#ifndef ASSAY_RECORDING_HISTORY_LIST_VIEW_H
#define ASSAY_RECORDING_HISTORY_LIST_VIEW_H

#include "recording/history/history.h"

struct list_view {
    json_t *items; /* name -> the item of the list; NULL = not read */
    bool complete; /* what it does not show is not there */
    bool twice;    /* it shows one of them twice */
};

void list_view_read(struct list_view *v, const struct histories *s,
                    const struct interaction *list);
void list_view_release(struct list_view *v);

#endif
