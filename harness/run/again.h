/*
 * again.h - each red case once more, alone, when all have been sent. Private to harness.
 *
 * Whether a fault comes again changes no verdict: one that comes and goes is one.
 *
 * Threads    the thread of the run, outside fibers.
 */
#ifndef ASSAY_HARNESS_RUN_AGAIN_H
#define ASSAY_HARNESS_RUN_AGAIN_H

#include "harness/run/run_state.h"

/* Puts `again` beside the red checks. Takes no longer than the cases took, or two
 * seconds; what was not sent again by then has no word. */
void run_red_again(struct run *r);

#endif
