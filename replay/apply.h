/*
 * apply.h - what an interaction does to its secret: in the session and in the model.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_APPLY_H
#define ASSAY_REPLAY_APPLY_H

#include "replay/replay_request.h"

void apply_interaction(struct replay_request *q, int interaction);
/* The model did what the recorded implementation refused: its secret becomes again what
 * the session says it is. */
void undo_model(struct replay_request *q);

#endif
