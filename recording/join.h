/*
 * join.h - several recordings as one, for `replay A B` and `fixture merge`.
 *
 * Their tokens are renumbered, since equal ones need not stand for equal texts; but the
 * key that most of each was made with is taken for one and the same.
 *
 * Ownership  recording_join() takes what `next` holds.
 */
#ifndef ASSAY_RECORDING_JOIN_H
#define ASSAY_RECORDING_JOIN_H

#include "recording/recording.h"

void recording_join(struct recording *all, struct recording *next);

#endif
