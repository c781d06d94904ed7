/*
 * lives.h - the ids of a recording, and which are not one life of one secret's.
 *
 * A life begins with a set of a name that is not there and ends with its deletion or
 * expiry. Most implementations make an id for each life; one that keeps an id for the
 * next life, or gives it to two secrets, has told so in the recording.
 *
 * Ownership  lives_ids() returns a new reference: an object with the ids as keys, true
 *            for those that two secrets share, null for those that one secret kept.
 */
#ifndef ASSAY_LIVES_H
#define ASSAY_LIVES_H

#include <jansson.h>

#include "core/replay/stories.h"

json_t *lives_ids(const struct stories *s);

#endif
