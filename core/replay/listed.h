/*
 * listed.h - in which order the recorded implementation lists secrets, and whether
 * those that live here stand in another one than those of the recording.
 *
 * Threads    stories are read-only; an asking is its own.
 */
#ifndef ASSAY_LISTED_H
#define ASSAY_LISTED_H

#include "core/base.h"

struct stories;
struct asking;

enum listed_by { LISTED_UNKNOWN, LISTED_MADE, LISTED_SET, LISTED_NAME, LISTED_ID };

struct listed {
    enum listed_by by;
    bool up;     /* the oldest first, from A to Z */
    bool either; /* LISTED_MADE, and no list tells it from LISTED_SET */
};

/* The first of these orders that no recorded list contradicts. */
struct listed listed_learn(const struct stories *s);
/* "newest first" and the like, or NULL. */
const char *listed_text(const struct listed *l);
/* Would a recorded list of these same secrets have them in the wrong order here? */
bool listed_otherwise(const struct asking *q);

#endif
