/*
 * fiber.h - a function that can pause: cases read as straight code, yet all of them run
 * on one event loop in one thread.
 *
 * Ownership  fiber_new() returns a fiber for fiber_free(), when it is done or never
 *            ran.
 * Threads    all fibers belong to the thread that made them.
 */
#ifndef ASSAY_HARNESS_RUN_FIBER_H
#define ASSAY_HARNESS_RUN_FIBER_H

#include "core/base.h"

struct fiber;

struct fiber *fiber_new(void (*run)(void *context), void *context);
void fiber_resume(struct fiber *f); /* from outside; returns when it pauses or ends */
void fiber_pause(void);             /* from inside */
struct fiber *fiber_self(void);     /* NULL outside */
bool fiber_done(const struct fiber *f);
void fiber_free(struct fiber *f);
void fiber_forget(void); /* free what is kept of those that were freed */

#endif
