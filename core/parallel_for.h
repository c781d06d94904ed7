/*
 * parallel_for.h - the same work on several parts at once, each on a thread of its own.
 *
 * Errors     none: where no thread can be made, the caller's does it.
 * Threads    `run` must touch nothing but its part, and what nobody writes.
 */
#ifndef ASSAY_CORE_PARALLEL_FOR_H
#define ASSAY_CORE_PARALLEL_FOR_H

#include "core/base.h"

enum { MAX_PARTS = 4 };

/* How many of at least `least` something should be cut into: one for each core. */
size_t parallel_for_parts(size_t amount, size_t least);
/* `parts` are `count` (at most MAX_PARTS) of `size` bytes each; returns when all are
 * done. */
void parallel_for(void *parts, size_t count, size_t size, void *(*run)(void *part));

#endif
