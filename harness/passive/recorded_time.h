/*
 * recorded_time.h - may the dates of a recording be held against expiry?
 *
 * Threads    read-only.
 */
#ifndef ASSAY_HARNESS_PASSIVE_RECORDED_TIME_H
#define ASSAY_HARNESS_PASSIVE_RECORDED_TIME_H

#include "recording/history/history.h"

/* Does its `created` tell by which clock things are dated? */
bool recorded_time_asks(const struct interaction *t);
/* False: what was made is dated by another clock than the answers are, or the clock was
 * set back. `created` has that of each interaction that is asked; 0 = none. */
bool recorded_time_is_sure(const struct histories *s, const int64_t *created);

#endif
