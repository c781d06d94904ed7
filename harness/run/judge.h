/*
 * judge.h - holds the result of a step against a check, and records the verdict.
 *
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_JUDGE_H
#define ASSAY_HARNESS_RUN_JUDGE_H

#include "harness/run/attempt.h"

/* Judge the result of an attempt by one check, and record that. */
void attempt_judge(struct attempt *a, const struct check *k);
/* The same without a record: would it pass? */
bool check_holds(struct case_run *c, const struct check *k, const json_t *result);

#endif
