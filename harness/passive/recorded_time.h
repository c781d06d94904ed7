/*
 * recorded_time.h - may the dates of a recording be held against expiry?
 *
 * Threads    read-only.
 */
#ifndef ASSAY_HARNESS_PASSIVE_RECORDED_TIME_H
#define ASSAY_HARNESS_PASSIVE_RECORDED_TIME_H

#include <jansson.h>

#include "recording/history/history.h"

/* False: what was made is dated by another clock than the answers are, or the clock was
 * set back. `bodies` are those of the interactions, NULL where there is no JSON. */
bool recorded_time_is_sure(const struct histories *s, json_t *const *bodies);

#endif
