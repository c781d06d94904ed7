/*
 * view.h - what an answered list shows: its secrets by name.
 *
 * Ownership  view_release() frees what view_read() made.
 * Threads    any.
 */
#ifndef ASSAY_VIEW_H
#define ASSAY_VIEW_H

#include "core/replay/stories.h"

struct view {
    json_t *items; /* name -> the item of the list; NULL = not read */
    bool complete; /* what it does not show is not there */
    bool twice;    /* it shows one of them twice */
};

void view_read(struct view *v, const struct stories *s, const struct tale *list);
void view_release(struct view *v);

#endif
