#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "harness/run/engine.h"

enum { MAX_OPS = 20 };

/* A register of one name: what would the operation answer, and what stands after it? */
struct search {
    const struct operation *ops;
    size_t count;
    unsigned char *seen; /* per set of done operations and last writer */
};

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Could `op` have happened now, with `value` in the register? *after is what it leaves.
 */
static bool possible(const struct operation *op, const char *value,
                     const char **after) {
    *after = value;
    if (op->refused)
        return true;
    switch (op->effect) {
    case EFFECT_WRITES:
        *after = op->value;
        return true;
    case EFFECT_REMOVES:
        *after = NULL;
        /* answered "deleted" needs something there; answered "missing" needs nothing */
        return op->end == INT64_MAX || (op->value != NULL) == (value != NULL);
    case EFFECT_READS:
        return op->end == INT64_MAX || same(op->value, value);
    case EFFECT_LISTS:
        return true;
    }
    return true;
}

/* Nothing that is still to do ended before `i` began. */
static bool may_be_next(const struct search *s, unsigned done, size_t i) {
    for (size_t j = 0; j < s->count; j++)
        if (j != i && !(done & 1U << j) && s->ops[j].end < s->ops[i].begin)
            return false;
    return true;
}

static bool explain(struct search *s, unsigned done, size_t last, const char *value) {
    unsigned char *mark = &s->seen[(size_t)done * (MAX_OPS + 1) + last];
    bool all = true;

    if (*mark)
        return false;
    *mark = 1;
    for (size_t i = 0; i < s->count; i++) {
        const struct operation *op = &s->ops[i];
        const char *after;

        if (done & 1U << i)
            continue;
        all = all && op->end == INT64_MAX; /* unanswered: it may never have happened */
        if (may_be_next(s, done, i) && possible(op, value, &after) &&
            explain(s, done | 1U << i, after == value ? last : i, after))
            return true;
    }
    return all;
}

bool linearizable(const struct operation *ops, size_t count, const char *initial) {
    struct search s = {ops, count, NULL};
    bool ok;

    if (count > 16)
        return true; /* more than can be searched; the loader's users keep below */
    s.seen = mem_new((size_t)(MAX_OPS + 1) << count, 1);
    ok = explain(&s, 0, MAX_OPS, initial);
    free(s.seen);
    return ok;
}
