/*
 * join.h - several recordings as one, for replay.
 *
 * Their tokens are renumbered, since equal ones need not stand for equal texts; but the
 * key that most of each was made with is taken for one and the same.
 *
 * Ownership  replay_join() takes what `next` holds.
 */
#ifndef ASSAY_JOIN_H
#define ASSAY_JOIN_H

#include "core/recording/recording.h"

void replay_join(struct recording *all, struct recording *next);

#endif
