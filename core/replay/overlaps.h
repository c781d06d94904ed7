/*
 * overlaps.h - what was under way at the same time as a write, and when it was done.
 *
 * Marks the tales of a story: `point` and `rank` say in which order they were done. By
 * arrival, unless the answers about a secret are explained by another order only. Where
 * no order explains them (`wild`), the recorded implementation is wrong.
 *
 * Units      as struct recorded: microseconds of arrival and answer.
 * Threads    while stories are made, which nobody else sees yet.
 */
#ifndef ASSAY_OVERLAPS_H
#define ASSAY_OVERLAPS_H

#include "core/replay/stories.h"

void overlaps_find(struct stories *s, const struct story *story);
/* The tales of a story as they were done; free(). */
int *overlaps_order(const struct stories *s, const struct story *story);
/* Could a secret that an answer shows be what that set has left? `made` is what it
 * answered; `by_payload`: its id and created do not count. */
bool overlaps_shows(const json_t *secret, const struct tale *set, const json_t *made,
                    bool by_payload);

#endif
