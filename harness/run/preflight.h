/*
 * preflight.h - a few requests that decide whether there is anything to test.
 *
 * Threads    a fiber.
 */
#ifndef ASSAY_HARNESS_RUN_PREFLIGHT_H
#define ASSAY_HARNESS_RUN_PREFLIGHT_H

#include "harness/run/case_state.h"

const char *preflight(struct case_run *c, char *why, size_t size); /* NULL = go on */

#endif
