/*
 * causes.h - the few things to mend that explain all red checks of a result.
 *
 * Each red check belongs to exactly one cause. A known defect whose checks are the red
 * ones is named; else the clause that is most likely broken takes what it has broken
 * elsewhere before, and what is left is put together by like mismatches. What was
 * blocked belongs to the cause that blocked it. What others rest on comes first.
 *
 * Ownership  causes_find() adds `causes` to the document (docs/results.md).
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_CAUSES_CAUSES_H
#define ASSAY_HARNESS_CAUSES_CAUSES_H

#include "harness/causes/diagnoses.h"
#include "harness/spec/catalogue.h"

/* `table` NULL: by like mismatches alone. Replaces an earlier `causes`. */
void causes_find(json_t *results, const struct catalogue *catalogue,
                 const struct diagnoses *table);

#endif
