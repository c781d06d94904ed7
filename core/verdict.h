/*
 * verdict.h - what a result document says as a whole, from its checks.
 *
 * docs/results.md describes the document. `run`, `check` and `diff` put their checks
 * into one and conclude it; `report` does the same again after it has merged shards.
 *
 * Errors     none: the document is one of ours, or has been checked.
 */
#ifndef ASSAY_CORE_VERDICT_H
#define ASSAY_CORE_VERDICT_H

#include <jansson.h>

/* Sorts `checks` and `cases` by id; sets verdicts of cases and clauses, `totals`,
 * `levels`, `conformant`, `verdict`, `reason`, `exit_code`. Reads `command`, `level`,
 * `filtered`, `shard` and `gone` (why the run was given up, or null). */
void verdict_conclude(json_t *doc);

#endif
