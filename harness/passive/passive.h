/*
 * passive.h - hold recorded traffic against the clauses, without sending anything.
 *
 * Only what can be judged from outside is: the shape of every object, list and error,
 * payloads hidden unless expanded, deleted or expired and then found, items of another
 * scope. A clause that the traffic does not touch is skipped. What overlapped a write
 * is not held against it.
 *
 * Ownership  the document is a new reference (docs/results.md); each check is a rule,
 *            `recording/RULE/CLAUSE`, its mismatches name the exchange and its line.
 */
#ifndef ASSAY_HARNESS_PASSIVE_PASSIVE_H
#define ASSAY_HARNESS_PASSIVE_PASSIVE_H

#include <jansson.h>

#include "harness/spec/spec.h"
#include "recording/recording.h"

json_t *passive_check(const struct recording *recording, const char *path,
                      const struct specs *specs);

#endif
