/*
 * id_reuse.h - the ids of a recording, and which are not one life of one secret's.
 *
 * A life begins with a set of a name that is not there and ends with its deletion or
 * expiry. Most implementations make an id for each life; one that keeps an id for the
 * next life, or gives it to two secrets, has told so in the recording.
 *
 * Ownership  id_reuse_find() returns a new reference: an object with the ids as keys,
 *            true for those that two secrets share, null for those that one secret
 *            kept.
 */
#ifndef ASSAY_REPLAY_LOAD_ID_REUSE_H
#define ASSAY_REPLAY_LOAD_ID_REUSE_H

#include <jansson.h>

#include "recording/history/history.h"

json_t *id_reuse_find(const struct histories *s);

#endif
