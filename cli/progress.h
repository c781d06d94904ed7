/*
 * progress.h - one line on a terminal's stderr that is redrawn; nothing anywhere else.
 */
#ifndef ASSAY_CLI_PROGRESS_H
#define ASSAY_CLI_PROGRESS_H

#include "core/base.h"

struct progress {
    const char *of; /* "cases" */
    size_t done, total, running, waiting;
    const char *longest; /* what is waited for, or NULL */
    const char *slowest; /* what took longest so far, or NULL */
    int64_t slowest_ms;
};

bool progress_wanted(void);
void progress_draw(const struct progress *p);
void progress_clear(void);

#endif
