/*
 * join.h - several recordings as one: for `fixture merge`, and for replaying several.
 *
 * Tokens of the second that stand for a secret of the first become its tokens where the
 * marks say so (identity_key.h). All others get numbers of their own: equal texts need
 * not stand for equal secrets. Whose sessions they were stays known, so nothing is made
 * up about tokens that cannot be compared.
 *
 * Ownership  recording_join() takes what `next` holds; it is empty then.
 */
#ifndef ASSAY_RECORDING_JOIN_H
#define ASSAY_RECORDING_JOIN_H

#include "recording/recording.h"

void recording_join(struct recording *all, struct recording *next);

#endif
