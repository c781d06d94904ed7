/*
 * history_load.h - makes the histories of a recording: which interaction belongs to which
 * scope, in which order they were done, and what state each answer came from.
 *
 * Ownership  the histories are for histories_free(); they borrow the recording.
 * Threads    large recordings are read by several threads inside the call.
 */
#ifndef ASSAY_RECORDING_HISTORY_HISTORY_LOAD_H
#define ASSAY_RECORDING_HISTORY_HISTORY_LOAD_H

#include "recording/history/history.h"

struct histories *histories_new(const struct recording *recording);

#endif
