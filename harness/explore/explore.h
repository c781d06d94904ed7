/*
 * explore.h - hold a target against the model: random sequences of calls.
 *
 * A sequence is a case of a spec that is made up on the way (oracle.h) and run like
 * any other: on the same loop, under fresh names, in the ledger, removed at the end. Of
 * a sequence the first step that differs is told; what comes after it says nothing. A
 * failure is shrunk: moves are taken out while it stays.
 *
 * The document is that of `run` with `command` explore; what passed is told once a
 * clause and sequence, `explore/seq-7/SET-1`; `found` has the specs. Exit code: 0
 * nothing differs, 1 a MUST does, 3 could not be told.
 *
 * Errors     explore() returns NULL with `diags` for what is wrong on our side.
 * Ownership  the document is a new reference; *spec is free()d by the caller.
 */
#ifndef ASSAY_HARNESS_EXPLORE_EXPLORE_H
#define ASSAY_HARNESS_EXPLORE_EXPLORE_H

#include "harness/run/run.h"

struct explore_options {
    size_t sequences, length;
    const char *suite; /* what the spec is called */
};

/* *spec: what was found, as one spec; NULL = nothing. */
json_t *explore(const char *specs_dir, const struct profile *profile,
                const struct run_options *options,
                const struct explore_options *explore_options,
                const struct run_progress *progress, char **spec, struct diags *diags);

#endif
