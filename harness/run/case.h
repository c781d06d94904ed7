/*
 * case.h - runs one case: its rows, each until its answers came in time, and the removal of
 * what it made.
 *
 * Threads    case_main() is the main function of a fiber.
 */
#ifndef ASSAY_HARNESS_RUN_CASE_H
#define ASSAY_HARNESS_RUN_CASE_H

#include "harness/run/case_state.h"

void case_main(void *context); /* a struct case_run */
/* Variables that know of users, names, the time and the target. */
void case_vars(struct case_run *c);

#endif
