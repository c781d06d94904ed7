/*
 * merge.h - several result documents: shards of one run, and what changed since
 * another.
 *
 * Ownership  new references; the inputs stay the caller's.
 */
#ifndef ASSAY_REPORTS_MERGE_H
#define ASSAY_REPORTS_MERGE_H

#include <jansson.h>

#include "core/err.h"

/* Are they all shards, so that they are to be merged? */
bool results_are_shards(json_t *const *results, size_t count);
/* One document, as one run would have made it but for its times. A shard that is
 * missing makes it inconclusive (exit code 3) and is named in its reason. NULL when
 * they are not shards of one run. */
json_t *results_merge(json_t *const *results, size_t count, struct err *err);
/* Adds `changes` to a document: {since, new_failures, fixed, new_checks, gone_checks},
 * each a list of ids; `since` says what the older one was. */
void results_compare(json_t *results, const json_t *baseline);
size_t results_new_failures(const json_t *results);

#endif
