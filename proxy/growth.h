/*
 * growth.h - a replay whose recording grows while it answers.
 *
 * What was missed was asked of the upstream and recorded; from then on it is replayed like
 * the rest. The replay is made anew from the longer recording, and brought to where it was
 * by all that it was asked since it began.
 *
 * Ownership  the growth owns what it remembers, and borrows the recording.
 * Threads    one.
 */
#ifndef ASSAY_PROXY_GROWTH_H
#define ASSAY_PROXY_GROWTH_H

#include "proxy/recorder.h"
#include "replay/replay.h"

struct growth;

struct growth *growth_new(struct recording *recording,
                          const struct replay_options *options);
/* What the replay was asked, or told under /_assay/. */
void growth_asked(struct growth *g, const struct http_request *q, int64_t now_ms);
void growth_put(struct growth *g, const char *key, const char *form, int64_t now_ms);
void growth_reset_scope(struct growth *g, const char *key, const char *user);
/* What was asked last was a write that was done here, and is none of the upstream's. `as`
 * is whether it was recorded as it is. */
void growth_wrote(struct growth *g, bool as);
/* Those writes, in order, which the upstream has not had: it is to have them now, before
 * what was missed, and those that were not recorded as they are shall be. The array and
 * each request are the caller's. */
size_t growth_unsent(struct growth *g, struct recorder_before **out);
/* It stands at its beginning: nothing before counts any more. */
void growth_reset(struct growth *g);
/* The replay with one more exchange, whose times count from `started_ms`; `old` is
 * freed. */
struct replay *growth_add(struct growth *g, struct replay *old,
                          const struct recorded *x, int64_t started_ms);
void growth_free(struct growth *g); /* NULL is fine */

#endif
