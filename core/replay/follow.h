/*
 * follow.h - what state each answer of a story came from.
 */
#ifndef ASSAY_FOLLOW_H
#define ASSAY_FOLLOW_H

#include "core/replay/stories.h"

/* After overlaps_find(): it follows the order that was found. */
void follow_story(struct stories *s, struct story *story);

#endif
