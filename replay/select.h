/*
 * select.h - which recorded interaction answers a request: the one with the smallest
 * distance between its state and the present one.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_SELECT_H
#define ASSAY_REPLAY_SELECT_H

#include "replay/replay_request.h"

/* The index of the interaction, or -1; *same when nothing needed another name. */
int select_interaction(struct replay_request *q, bool *same);

#endif
