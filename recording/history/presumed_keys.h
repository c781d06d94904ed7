/*
 * presumed_keys.h - the keys of sessions that cannot be compared, seen as one client's.
 *
 * Without a profile a recorder numbers keys, and one key may be `key:1` in one session
 * and `key:2` in another (identity.h says when that is not known). The key that was let
 * in most often in each of them is presumed to be one and the same, so that a recording
 * of several runs is replayed as one run is. What is only presumed is never held
 * against an implementation: DOUBT_KEY.
 */
#ifndef ASSAY_RECORDING_HISTORY_PRESUMED_KEYS_H
#define ASSAY_RECORDING_HISTORY_PRESUMED_KEYS_H

#include "recording/history/history.h"

/* Renames credentials of the interactions, before anything is made of them. */
void presumed_keys_unite(struct histories *s);
/* Sets DOUBT_KEY, once the names are known. */
void presumed_keys_doubt(struct histories *s);

#endif
