/*
 * oracle.h - a sequence as a case of a spec: what is sent, and what the model
 * answers.
 *
 * The model is driven with the same calls in the same order; each of its answers
 * becomes the checks of a step. What the API leaves free is left free there: ids and
 * times are those that the target gave, pages are counted in the target's own order, a
 * hidden payload is null or absent, a bad cursor any 4xx.
 *
 * Ownership  the case is a new reference: an entry of `cases` of a spec.
 * Threads    pure.
 */
#ifndef ASSAY_HARNESS_EXPLORE_ORACLE_H
#define ASSAY_HARNESS_EXPLORE_ORACLE_H

#include "harness/explore/prediction.h"

json_t *oracle_predict(const struct prediction *f, const struct sequence *s,
                       const char *id, const char *title);

#endif
