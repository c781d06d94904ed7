/*
 * id.h - random names that a seed repeats.
 *
 * Not for secrets: the generator is xoshiro256**, seeded by one number.
 * Threads    one source, one thread.
 */
#ifndef ASSAY_CORE_ID_H
#define ASSAY_CORE_ID_H

#include "core/base.h"

struct id_source {
    uint64_t state[4];
};

void id_seed(struct id_source *s, uint64_t seed);
uint64_t id_seed_random(void); /* from the system, below 2^53 so that JSON holds it */
uint64_t id_next(struct id_source *s);
uint64_t id_below(struct id_source *s, uint64_t limit); /* 0 .. limit-1; limit > 0 */
/* `prefix`, then `count` letters and digits. out holds strlen(prefix) + count + 1. */
void id_make(struct id_source *s, const char *prefix, size_t count, char *out,
             size_t size);
/* Lower case only, without easily confused letters (base32 of Crockford). */
void id_make_lower(struct id_source *s, const char *prefix, size_t count, char *out,
                   size_t size);

#endif
