/*
 * repeats.h - idempotency keys that the recording does not know: PROTO-2 by memory.
 *
 * The first answer of a key is kept and answered again; the same key with other
 * parameters is refused. A recorded implementation that did otherwise is followed.
 *
 * Ownership  repeats_init() and repeats_release(); the oldest are forgotten over a
 * limit.
 */
#ifndef ASSAY_REPEATS_H
#define ASSAY_REPEATS_H

#include "core/base.h"

struct asking;
struct replay_answer;

struct repeats {
    struct repeat {
        char *key, *what; /* the account's key, and what was asked with it */
        struct replay_answer *first;
    } * items; /* a ring */
    size_t at, count;
    struct json_t *index; /* key -> item */
};

void repeats_init(struct repeats *r);
/* True if the key was seen before: then it is answered. */
bool repeats_answer(struct asking *q, struct replay_answer *answer);
/* Remember the first answer of a key. */
void repeats_keep(struct asking *q, const struct replay_answer *answer);
void repeats_release(struct repeats *r);

#endif
