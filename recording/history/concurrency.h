/*
 * concurrency.h - what was under way at the same time as a write, and when it was done.
 *
 * Marks the interactions of a history: `point` and `rank` say in which order they were done. By
 * arrival, unless the answers about a secret are explained by another order only. Where
 * no order explains them (DOUBT_UNEXPLAINED), the recorded implementation is wrong.
 *
 * Units      as struct recorded: microseconds of arrival and answer.
 * Threads    while histories are made, which nobody else sees yet.
 */
#ifndef ASSAY_RECORDING_HISTORY_CONCURRENCY_H
#define ASSAY_RECORDING_HISTORY_CONCURRENCY_H

#include "recording/history/history.h"

void concurrency_find(struct histories *s, const struct history *history);
/* The interactions of a history as they were done; free(). */
int *concurrency_order(const struct histories *s, const struct history *history);
/* Could a secret that an answer shows be what that set has left? `made` is what it
 * answered; `by_payload`: its id and created do not count. */
bool concurrency_shows(const struct histories *s, const json_t *secret,
                       const struct interaction *set, const json_t *made,
                       bool by_payload);

#endif
