/*
 * ended.h - whether a target whose connection broke has ended altogether.
 *
 * A request without credentials is sent over a new connection; what it is answered does not matter.
 * Threads    on a fiber of the run, which sleeps meanwhile.
 */
#ifndef ASSAY_HARNESS_RUN_ENDED_H
#define ASSAY_HARNESS_RUN_ENDED_H

#include "harness/run/run_state.h"

bool target_has_ended(struct run *r); /* it takes no new connection */

#endif
