/*
 * miss.h - the answer to what was not recorded: 501, the request, and what differs.
 *
 * The recorded requests are indexed by their fingerprints, so a miss takes as long as
 * there are kinds of requests, however long the recording is.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_MISS_H
#define ASSAY_REPLAY_MISS_H

#include "replay/replay_request.h"

/* `next`, or NULL: with --literal, the exchange that comes next. Its message holds the
 * request and the first difference, `nearest` up to three recorded requests. */
void miss_answer(struct replay_request *q, const struct interaction *next,
                 struct replay_answer *answer);
void miss_index_free(struct replay *r);

#endif
