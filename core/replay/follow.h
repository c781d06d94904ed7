/*
 * follow.h - what state each answer of a story came from.
 *
 * Threads    while stories are made, which nobody else sees yet.
 */
#ifndef ASSAY_FOLLOW_H
#define ASSAY_FOLLOW_H

#include "core/replay/stories.h"

/* After overlaps_find(): it follows the order that was found. */
void follow_story(struct stories *s, struct story *story);
/* What a living secret adds to `living` of struct state. */
uint64_t living_mix(int name, int effect);

#endif
