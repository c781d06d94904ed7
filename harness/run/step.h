/*
 * step.h - one step of a case: what is sent, what is waited for, what is judged.
 *
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_STEP_H
#define ASSAY_HARNESS_RUN_STEP_H

#include "harness/run/case_state.h"

/* False: the case cannot go on. `given`: a failure blocks the case. */
bool step_run(struct case_run *c, const struct step *s, bool given);

#endif
