/*
 * state.h - what state each answer of a history came from.
 *
 * Threads    while histories are made, which nobody else sees yet.
 */
#ifndef ASSAY_RECORDING_HISTORY_STATE_H
#define ASSAY_RECORDING_HISTORY_STATE_H

#include "recording/history/history.h"

/* After concurrency_find(): it follows the order that was found. */
void state_trace(struct histories *s, struct history *history);
/* What a living secret adds to `living` of struct state. */
uint64_t state_mix_living(int name, int effect);

#endif
