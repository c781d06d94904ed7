/*
 * fallback.h - answers for what was not recorded: the model's, in the looks of a recorded
 * answer.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_FALLBACK_H
#define ASSAY_REPLAY_FALLBACK_H

#include "replay/replay_request.h"

void fallback_index(struct replay *r);
/* An error of the model, in the words of a recorded one. */
void answer_refusal(struct replay_request *q, json_t *model,
                    struct replay_answer *answer);
/* A set that is done whatever was recorded: the model's own answer. */
void put_by_model(struct replay_request *q, struct replay_answer *answer);
/* What was not recorded so. False, and nothing has changed: with `strict`, where nothing
 * like it was recorded. */
bool answer_by_model(struct replay_request *q, struct replay_answer *answer);
/* For an interaction whose state or order is in doubt. The model's answer is given, in
 * the looks of the recorded one, if both are of one kind (status, length of the list).
 * False: the recorded implementation was wrong there, or the order is the same, and the
 * recorded answer is to be given. */
bool answer_uncertain(struct replay_request *q, int interaction,
                      struct replay_answer *answer);

#endif
