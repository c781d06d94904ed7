/*
 * resource_answer.h - answers about other resources of the API (customers, ..), for which
 * there is no model: by path, id and what was done to the object before.
 *
 *   recorded   the same was recorded, of an object to which the same had been done
 *   derived    of another object, or of the same one made again: with the ids of here; or
 *              in another state that cannot be told apart; or what the write before showed
 *
 * What exists is never answered with what was recorded of the deleted, nor the other way:
 * that is a miss.
 */
#ifndef ASSAY_REPLAY_RESOURCE_ANSWER_H
#define ASSAY_REPLAY_RESOURCE_ANSWER_H

#include "replay/replay_request.h"

/* False: the request is about nothing that the recording knows of. */
bool resource_answer(struct replay_request *q, struct replay_answer *answer);

#endif
