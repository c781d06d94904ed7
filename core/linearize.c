/* In: operations on one register, with the time of each and a function that says what
 * its answer allows. Out: an order of them that explains all answers, or that there is
 * none. */
#include "core/linearize.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum {
    WINDOW = 256, /* operations at most between the first that is open and one that is
                     done */
    WORDS = WINDOW / 64,
    MAX_OPS = 4096,
    FIRST_SLOTS = 1 << 10
};

/* `lo` is the first that is not done yet; of those behind it `done` has a bit each. */
struct place {
    uint64_t done[WORDS];
    uint32_t lo;
    int value;
};

struct slot {
    struct place place;
    bool taken;
};

/* A place on the way, and which write was tried there last. */
struct level {
    struct place place;
    size_t placed; /* of the order, when the search came here */
    size_t tried;
    int64_t first_end_us;
};

struct search {
    const struct linearize_op *ops;
    size_t count;
    linearize_fits *fits;
    void *context;
    size_t *order, placed, steps, max_steps;
    bool *sees; /* by read and write: can the read show it? NULL = not known */
    struct slot *seen;
    size_t slots, seen_count;
    struct level *levels;
    size_t depth, level_cap;
    bool gave_up;
};

static bool is_done(const struct place *p, size_t i) {
    size_t at = i - p->lo;

    return at < WINDOW && p->done[at / 64] >> (at % 64) & 1;
}

static void shift(struct place *p, size_t count) {
    size_t words = count / 64, bits = count % 64;

    for (size_t w = 0; w < WORDS; w++) {
        uint64_t low = w + words < WORDS ? p->done[w + words] : 0,
                 high = w + words + 1 < WORDS ? p->done[w + words + 1] : 0;

        p->done[w] = bits ? low >> bits | high << (64 - bits) : low;
    }
    p->lo += (uint32_t)count;
}

static void put(struct search *s, struct place *p, size_t i) {
    size_t at = i - p->lo, first = 0;

    s->order[s->placed++] = i;
    p->done[at / 64] |= (uint64_t)1 << (at % 64);
    if (at)
        return;
    while (first < WINDOW && p->done[first / 64] >> (first % 64) & 1)
        first++;
    shift(p, first);
}

/* The next from `i` on that may be next: nothing open was answered before it came. */
static size_t candidate(struct search *s, const struct place *p, size_t i,
                        int64_t *first_end_us) {
    for (; i < s->count && s->ops[i].began_us < *first_end_us; i++) {
        if (i - p->lo >= WINDOW) {
            s->gave_up = true;
            break;
        }
        if (is_done(p, i))
            continue;
        if (s->ops[i].ended_us < *first_end_us)
            *first_end_us = s->ops[i].ended_us;
        return i;
    }
    return s->count;
}

static bool can_be(const struct search *s, const struct place *p, size_t i) {
    return s->fits(s->context, i, p->value);
}

/* One that may be next, and fits what stands. */
static bool do_read(struct search *s, struct place *p) {
    int64_t first_end_us = INT64_MAX;

    for (size_t i = candidate(s, p, p->lo, &first_end_us); i < s->count;
         i = candidate(s, p, i + 1, &first_end_us))
        if (s->ops[i].kind == LINEARIZE_READS && can_be(s, p, i)) {
            put(s, p, i);
            return true;
        }
    return false;
}

/* All are done, but for those that may never have happened. */
static bool is_complete(const struct search *s, const struct place *p) {
    for (size_t i = p->lo; i < s->count; i++)
        if (!is_done(p, i) && s->ops[i].ended_us != INT64_MAX)
            return false;
    return true;
}

/* --- what was tried --- */

static uint64_t hash(const struct place *p) {
    uint64_t h = (uint64_t)p->lo << 32 ^ (uint32_t)p->value;

    for (size_t i = 0; i < WORDS; i++)
        h = (h ^ p->done[i]) * 0x9e3779b97f4a7c15ULL, h ^= h >> 29;
    return h;
}

static bool same_place(const struct place *a, const struct place *b) {
    return a->lo == b->lo && a->value == b->value &&
           memcmp(a->done, b->done, sizeof(a->done)) == 0;
}

static struct slot *slot_of(struct slot *slots, size_t count, const struct place *p) {
    size_t at = hash(p) & (count - 1);

    while (slots[at].taken && !same_place(&slots[at].place, p))
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static void grow(struct search *s) {
    size_t slots = s->slots ? s->slots * 2 : FIRST_SLOTS;
    struct slot *larger = mem_new(slots, sizeof(*larger));

    for (size_t i = 0; i < s->slots; i++)
        if (s->seen[i].taken)
            *slot_of(larger, slots, &s->seen[i].place) = s->seen[i];
    free(s->seen);
    s->seen = larger;
    s->slots = slots;
}

static bool was_seen(struct search *s, const struct place *p) {
    struct slot *slot;

    if (s->seen_count * 2 >= s->slots)
        grow(s);
    slot = slot_of(s->seen, s->slots, p);
    if (slot->taken)
        return true;
    *slot = (struct slot){*p, true};
    s->seen_count++;
    return false;
}

/* --- which write a read can show --- */

static int value_of(const struct linearize_op *op) {
    return op->kind == LINEARIZE_SETS ? op->value : LINEARIZE_NOTHING;
}

static bool is_answered_read(const struct linearize_op *op) {
    return op->kind == LINEARIZE_READS && op->ended_us != INT64_MAX;
}

static void find_seen(struct search *s) {
    s->sees = mem_new(s->count * s->count + 1, sizeof(*s->sees));
    for (size_t r = 0; r < s->count; r++)
        for (size_t w = 0; w < s->count; w++)
            if (is_answered_read(&s->ops[r]) && s->ops[w].kind != LINEARIZE_READS)
                s->sees[r * s->count + w] =
                    s->ops[w].began_us < s->ops[r].ended_us &&
                    s->fits(s->context, r, value_of(&s->ops[w]));
}

/* Is there a read that what stands does not explain, nor any write that is still open?
 */
static bool is_dead(const struct search *s, const struct place *p) {
    for (size_t r = p->lo; s->sees && r < s->count; r++) {
        size_t w = p->lo;

        if (!is_answered_read(&s->ops[r]) || is_done(p, r))
            continue;
        while (w < s->count && (!s->sees[r * s->count + w] || is_done(p, w)))
            w++;
        if (w == s->count)
            return true;
    }
    return false;
}

/* --- where each read tells its write --- */

/* From when on its value was there at the latest, until when at least; the other way
 * round if one moment will do. */
struct zone {
    int64_t first_end_us, last_begin_us;
};

static void widen(struct zone *z, const struct linearize_op *op) {
    if (op->ended_us < z->first_end_us)
        z->first_end_us = op->ended_us;
    if (op->began_us > z->last_begin_us)
        z->last_begin_us = op->began_us;
}

/* The write that alone explains a read; s->count = what stood before; false: several
 * do. */
static bool write_of(const struct search *s, size_t read, int initial, size_t *write) {
    size_t found = s->fits(s->context, read, initial) ? 1 : 0;

    *write = s->count;
    for (size_t w = 0; w < s->count; w++)
        if (s->sees[read * s->count + w]) {
            *write = w;
            found++;
        }
    return found == 1;
}

/* Writes that always work, and reads with one explanation each. */
static bool fill_zones(const struct search *s, int initial, struct zone *zones) {
    for (size_t i = 0; i < s->count; i++) {
        zones[i] = (struct zone){INT64_MAX, INT64_MIN};
        if (s->ops[i].kind == LINEARIZE_REMOVES)
            return false;
        if (s->ops[i].kind == LINEARIZE_SETS)
            widen(&zones[i], &s->ops[i]);
    }
    zones[s->count] = (struct zone){INT64_MIN, INT64_MIN};
    for (size_t r = 0; r < s->count; r++) {
        size_t w;

        if (!is_answered_read(&s->ops[r]))
            continue;
        if (!write_of(s, r, initial, &w))
            return false;
        widen(&zones[w], &s->ops[r]);
    }
    return true;
}

/* Gibbons and Korach: two values cannot both have been there for certain at one time,
 * nor one come and go while another was there for certain. */
static bool clashes(const struct zone *a, const struct zone *b) {
    return a->first_end_us < b->last_begin_us && b->first_end_us < a->last_begin_us;
}

/* No order explains them: seen at once, where each read tells its write. */
static bool is_refuted(const struct search *s, int initial) {
    struct zone *zones = mem_new(s->count + 1, sizeof(*zones));
    bool found = false, told = s->sees && fill_zones(s, initial, zones);

    for (size_t a = 0; told && a <= s->count; a++)
        for (size_t b = 0; b < a; b++)
            found = found || clashes(&zones[a], &zones[b]);
    free(zones);
    return found;
}

/* --- the search --- */

/* True: with the reads that fit there, all is done. */
static bool enter(struct search *s, struct place p) {
    while (do_read(s, &p))
        ;
    if (is_complete(s, &p))
        return true;
    if (s->gave_up || is_dead(s, &p) || was_seen(s, &p))
        return false;
    if (++s->steps > s->max_steps)
        s->gave_up = true;
    if (s->depth == s->level_cap) {
        s->level_cap = s->level_cap ? s->level_cap * 2 : 16;
        s->levels = mem_grow(s->levels, s->level_cap, sizeof(*s->levels));
    }
    s->levels[s->depth++] = (struct level){p, s->placed, SIZE_MAX, INT64_MAX};
    return false;
}

/* The next write that may be tried at this level; s->count = none is left. */
static size_t next_write(struct search *s, struct level *l) {
    size_t i = l->tried == SIZE_MAX ? l->place.lo : l->tried + 1;

    for (i = candidate(s, &l->place, i, &l->first_end_us); i < s->count;
         i = candidate(s, &l->place, i + 1, &l->first_end_us))
        if (s->ops[i].kind != LINEARIZE_READS && can_be(s, &l->place, i))
            break;
    return i;
}

static bool search(struct search *s, int value) {
    if (enter(s, (struct place){.value = value}))
        return true;
    while (s->depth && !s->gave_up) {
        struct level *l = &s->levels[s->depth - 1];
        size_t i = next_write(s, l);
        struct place next = l->place;

        s->placed = l->placed;
        if (i == s->count) {
            s->depth--;
            continue;
        }
        l->tried = i;
        put(s, &next, i);
        next.value =
            s->ops[i].kind == LINEARIZE_SETS ? s->ops[i].value : LINEARIZE_NOTHING;
        if (enter(s, next))
            return true;
    }
    return false;
}

enum linearized linearize(const struct linearize_op *ops, size_t count, int value,
                          linearize_fits *fits, void *context, size_t max_steps,
                          size_t *order) {
    struct search s = {.ops = ops,
                       .count = count,
                       .fits = fits,
                       .context = context,
                       .max_steps = max_steps,
                       .order = order};
    bool found;

    if (count > MAX_OPS)
        return LINEARIZE_UNKNOWN;
    if (count <= LINEARIZE_SURE)
        find_seen(&s);
    found = !is_refuted(&s, value) && search(&s, value);
    free(s.sees);
    free(s.seen);
    free(s.levels);
    return found ? LINEARIZE_FOUND : s.gave_up ? LINEARIZE_UNKNOWN : LINEARIZE_NONE;
}
