/*
 * row_keep.h - what a row with a red check has sent, kept in the result document. Private
 * to harness.
 *
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_ROW_KEEP_H
#define ASSAY_HARNESS_RUN_ROW_KEEP_H

#include "harness/run/case_state.h"

/* If the row has a red check: an entry of `rows`, and in these checks `row`, its key. */
void row_keep(struct case_run *c);

#endif
