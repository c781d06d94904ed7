/* In: what the branches of a parallel block did to one name. Out: whether some order of
 * it explains all answers. */
#include <stdlib.h>
#include <string.h>

#include "core/linearize.h"
#include "core/mem.h"
#include "harness/run/linear.h"

enum { MAX_STEPS = 100000 };

struct register_of_name {
    const struct operation **done; /* those that say something, by arrival */
    struct linearize_op *ops;
    size_t count;
    const char *initial;
};

static const char *text_of(const struct register_of_name *r, int value) {
    if (value == LINEARIZE_NOTHING)
        return NULL;
    return (size_t)value < r->count ? r->done[value]->value : r->initial;
}

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* linearize_fits */
static bool fits(void *context, size_t op, int value) {
    const struct register_of_name *r = context;
    const struct operation *o = r->done[op];

    if (o->effect == EFFECT_READS)
        return same(o->value, text_of(r, value));
    /* answered "deleted" needs something there; answered "missing" needs nothing */
    return o->effect != EFFECT_REMOVES || o->end == INT64_MAX ||
           (o->value != NULL) == (value != LINEARIZE_NOTHING);
}

/* Equal texts are one value. */
static int value_of(const struct register_of_name *r, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (r->done[i]->effect == EFFECT_WRITES &&
            same(r->done[i]->value, r->done[at]->value))
            return (int)i;
    return (int)at;
}

static int by_arrival(const void *a, const void *b) {
    const struct operation *x = *(const struct operation *const *)a,
                           *y = *(const struct operation *const *)b;

    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : (x > y) - (x < y);
}

/* What had no effect and says nothing is left out; so is a read without an answer. */
static void take_operations(struct register_of_name *r, const struct operation *ops,
                            size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!ops[i].refused && ops[i].effect != EFFECT_LISTS &&
            !(ops[i].effect == EFFECT_READS && ops[i].end == INT64_MAX))
            r->done[r->count++] = &ops[i];
    qsort(r->done, r->count, sizeof(struct operation *), by_arrival);
    for (size_t i = 0; i < r->count; i++) {
        const struct operation *o = r->done[i];
        bool missing = o->effect == EFFECT_REMOVES && !o->value && o->end != INT64_MAX;

        r->ops[i] = (struct linearize_op){
            .began_us = o->begin, /* what ends as another begins may overlap it */
            .ended_us = o->end == INT64_MAX ? INT64_MAX : o->end + 1,
            .kind = o->effect == EFFECT_WRITES                ? LINEARIZE_SETS
                    : o->effect == EFFECT_REMOVES && !missing ? LINEARIZE_REMOVES
                                                              : LINEARIZE_READS,
            .value = value_of(r, i)};
    }
}

enum linearized linearizable(const struct operation *ops, size_t count,
                             const char *initial) {
    struct register_of_name r = {.done = mem_new(count + 1, sizeof(struct operation *)),
                                 .ops = mem_new(count + 1, sizeof(*r.ops)),
                                 .initial = initial};
    size_t *order = mem_new(count + 1, sizeof(*order));
    enum linearized found;

    take_operations(&r, ops, count);
    found = linearize(r.ops, r.count, initial ? (int)r.count : LINEARIZE_NOTHING, fits,
                      &r, MAX_STEPS, order);
    free(order);
    free(r.ops);
    free(r.done);
    return found;
}
