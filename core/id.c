/* A seed comes in. Random names go out, the same ones for the same seed. */
#include "core/id.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t split_mix(uint64_t *x) {
    uint64_t z = *x += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void id_seed(struct id_source *s, uint64_t seed) {
    for (size_t i = 0; i < ARRAY_LEN(s->state); i++)
        s->state[i] = split_mix(&seed);
}

uint64_t id_seed_random(void) {
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint64_t)time(NULL);
    return seed >> 11;
}

static uint64_t rotate(uint64_t x, int k) {
    return x << k | x >> (64 - k);
}

uint64_t id_next(struct id_source *s) {
    uint64_t *x = s->state, result = rotate(x[1] * 5, 7) * 9, t = x[1] << 17;

    x[2] ^= x[0];
    x[3] ^= x[1];
    x[1] ^= x[2];
    x[0] ^= x[3];
    x[2] ^= t;
    x[3] = rotate(x[3], 45);
    return result;
}

uint64_t id_below(struct id_source *s, uint64_t limit) {
    return id_next(s) % limit; /* limits here are tiny beside 2^64 */
}

static void fill(struct id_source *s, const char *letters, const char *prefix,
                 size_t count, char *out, size_t size) {
    size_t n = strlen(prefix), of = strlen(letters);

    if (size == 0)
        return;
    if (n >= size)
        n = size - 1;
    memcpy(out, prefix, n);
    for (; count && n + 1 < size; count--)
        out[n++] = letters[id_below(s, of)];
    out[n] = '\0';
}

void id_make(struct id_source *s, const char *prefix, size_t count, char *out,
             size_t size) {
    fill(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", prefix,
         count, out, size);
}

void id_make_lower(struct id_source *s, const char *prefix, size_t count, char *out,
                   size_t size) {
    fill(s, "0123456789abcdefghjkmnpqrstvwxyz", prefix, count, out, size);
}
