/*
 * progress.h - one line on a terminal's stderr that is redrawn; nothing anywhere else.
 */
#ifndef ASSAY_PROGRESS_H
#define ASSAY_PROGRESS_H

#include "core/base.h"

bool progress_wanted(void);
void progress_draw(size_t done, size_t total, size_t running, size_t waiting,
                   const char *longest);
void progress_clear(void);

#endif
