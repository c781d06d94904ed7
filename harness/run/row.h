/*
 * row.h - what one row's checks say, and whether it may be laid to the target. Private to
 * the harness.
 *
 * A row is in doubt when something stood between it and the target: a gateway that
 * answered in the target's place, so that a request may have been carried out unseen, or
 * a clock that was set. What is red in it then proves nothing: it is run again, and at
 * last what is red is told as not judged.
 *
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_ROW_H
#define ASSAY_HARNESS_RUN_ROW_H

#include "harness/run/case_state.h"

/* Note why the present row is in doubt; the first reason stays. `v`: what its red checks
 * become in the end, VERDICT_ERROR (there was no answer) or VERDICT_SKIP. */
void row_doubt(struct case_run *c, enum verdict v, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Is something red that is in doubt? */
bool row_proves_nothing(const struct case_run *c);
/* What is red is told as not judged. */
void row_excuse(struct case_run *c);
/* The notes of a row are choices of the implementation, if the row shows that what they
 * speak of is there at all: no check of the same clause and no control is red. */
void row_keep_choices(struct case_run *c);

#endif
