/*
 * grids.h - the conformance suite with its grids.
 *
 * Errors, ownership and threads are those of specs_load().
 */
#ifndef ASSAY_HARNESS_GRID_GRIDS_H
#define ASSAY_HARNESS_GRID_GRIDS_H

#include "harness/grid/grid.h"

/* `dir` holds clauses.yaml, endpoints.yaml, suites/ and grids/. Files may be specs and
 * grids. Depth 1 leaves the grids of `dir` out. */
struct specs *grids_load(const char *dir, const char *const *files, size_t file_count,
                         const struct grid_options *options, struct diags *diags);
/* The grids of `dir` alone. */
struct specs *grids_load_alone(const char *dir, const struct grid_options *options,
                               struct diags *diags);

#endif
