/*
 * sweep.h - removes what killed runs left on a target.
 *
 * Errors     false if the target could not be asked.
 * Threads    the calling thread.
 */
#ifndef ASSAY_HARNESS_RUN_SWEEP_H
#define ASSAY_HARNESS_RUN_SWEEP_H

#include "harness/run/run_options.h"

struct sweep_report {
    size_t found, removed, failed;
};
/* Remove what killed runs left on this target: by ledger, and by prefix in the account
 * scope. Of the options: ledger_dir. False if the target could not
 * be asked. */
bool sweep(const struct specs *specs, const struct profile *profile,
           const struct run_options *options,
           void (*say)(void *context, const char *line), void *context,
           struct sweep_report *report, struct err *err);

#endif
