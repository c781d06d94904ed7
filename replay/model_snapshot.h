/*
 * model_snapshot.h - how the secret of a write stands in the model before it, for a write
 * that turns out not to be answered.
 *
 * Ownership  a zeroed snapshot holds nothing; model_snapshot_release() frees what the
 *            others filled in.
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_MODEL_SNAPSHOT_H
#define ASSAY_REPLAY_MODEL_SNAPSHOT_H

#include "replay/replay_request.h"

struct model_snapshot {
    bool writes, stood;
    char *id, *payload;
    int64_t created, expires;
};

void model_snapshot_take(struct model_snapshot *s, const struct replay_request *q);
void model_snapshot_restore(const struct model_snapshot *s,
                            const struct replay_request *q);
void model_snapshot_release(struct model_snapshot *s);

#endif
