/*
 * run.h - hold a target against the specs.
 *
 * Everything happens on one event loop in the calling thread. Nothing here prints:
 * progress goes to the callbacks, what was found to the result document
 * (docs/results.md).
 *
 * Units      milliseconds.
 * Errors     run_specs() returns NULL with `err` only for what is wrong on our side (a
 *            ledger that cannot be written); a target that cannot be reached is a
 *            result.
 * Ownership  the document is a new reference.
 */
#ifndef ASSAY_HARNESS_RUN_RUN_H
#define ASSAY_HARNESS_RUN_RUN_H

#include "harness/run/run_options.h"

json_t *run_specs(const struct specs *specs, const struct profile *profile,
                  const struct run_options *options,
                  const struct run_progress *progress, struct err *err);

#endif
