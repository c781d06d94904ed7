/*
 * idempotency_memory.h - answers to idempotency keys that the recording does not
 * know (PROTO-2).
 *
 * The first answer of a key is kept and answered again; the same key with other
 * parameters is refused. A recorded implementation that did otherwise is followed.
 *
 * Limits     the oldest of 4,096 answers is forgotten for a new one.
 * Ownership  idempotency_memory_new() is for idempotency_memory_free(); NULL is fine.
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_IDEMPOTENCY_MEMORY_H
#define ASSAY_REPLAY_IDEMPOTENCY_MEMORY_H

#include "replay/replay_request.h"

struct idempotency_memory;

struct idempotency_memory *idempotency_memory_new(void);
/* True if the key was seen before: then it is answered. */
bool idempotency_memory_answer(struct replay_request *q, struct replay_answer *answer);
/* Remember the first answer of a key. */
void idempotency_memory_keep(struct replay_request *q,
                             const struct replay_answer *answer);
/* The answers about one scope; account NULL = of every one. */
void idempotency_memory_forget(struct idempotency_memory *r, const char *account,
                               const char *user);
void idempotency_memory_free(struct idempotency_memory *r);

#endif
