/*
 * fiber_switch.h - from one stack to another. What a port to another processor must give
 * stands in fiber_switch.c, and nowhere else.
 *
 * Units      bytes.
 * Ownership  the stack is the caller's; what is kept of a place lies on it.
 * Threads    a place belongs to the thread that made it.
 */
#ifndef ASSAY_HARNESS_RUN_FIBER_SWITCH_H
#define ASSAY_HARNESS_RUN_FIBER_SWITCH_H

#include <stddef.h>

/* Where a stack was left; opaque. */
struct fiber_place {
    void *at;
};

/* A place from which `start` begins on that stack. It must never return. */
void fiber_place_init(struct fiber_place *p, void *stack, size_t size,
                      void (*start)(void));
/* Leave the present stack, to be found at `from`, and go on at `to`. */
void fiber_switch(struct fiber_place *from, const struct fiber_place *to);
/* Of a place that will not be gone to any more. */
void fiber_place_release(struct fiber_place *p);

#endif
