/*
 * selection.h - which cases of the specs are run, and in which order.
 *
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_RUN_SELECTION_H
#define ASSAY_HARNESS_RUN_SELECTION_H

#include "harness/run/run_state.h"

/* The slow ones first: their waiting is what the run takes. */
void choose_cases(struct run *r);

#endif
