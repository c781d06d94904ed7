/*
 * probe.h - asks the target itself what time it is.
 *
 * Threads    a fiber.
 */
#ifndef ASSAY_HARNESS_RUN_PROBE_H
#define ASSAY_HARNESS_RUN_PROBE_H

#include "harness/run/case_state.h"

/* A fiber: over one second, dates narrow what we know of the target's clock, and
 * something new each time shows whether they are late. */
void probe_main(void *context);
/* Advance a clock that moves by whole seconds into the last one before `second`; false:
 * it was not brought there, and may be anywhere from where it was. */
bool probe_enter_last_second(struct case_run *c, int64_t second);
/* The target says that it is before `second`: then all that was answered until now came
 * before it, whenever in its exchange a target reads its clock. */
bool probe_still_before(struct case_run *c, int64_t second);
/* What becomes of a secret that ends at that second: it is gone, or refused as past; it is
 * there; or the target does not say. */
enum probe_end { PROBE_ENDED, PROBE_LIVES, PROBE_UNTOLD };
enum probe_end probe_end_at(struct case_run *c, int64_t second);

#endif
