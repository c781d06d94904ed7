#include "recording/history/order.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum { WINDOW = 64, MAX_OPS = 4096, MAX_STEPS = 5000, SLOTS = 1 << 14 };

/* `lo` is the first that is not done yet; of those behind it `done` has a bit each. */
struct place {
    uint64_t done;
    size_t lo;
    int value;
    bool taken;
};

struct order_search {
    const struct order_op *ops;
    size_t count;
    order_fits *fits;
    void *context;
    size_t *order, placed, steps;
    struct place *seen; /* which led nowhere */
    bool gave_up;
};

static bool is_done(const struct place *p, size_t i) {
    return i > p->lo && p->done >> (i - p->lo) & 1;
}

static void put(struct order_search *g, struct place *p, size_t i) {
    g->order[g->placed++] = i;
    p->done |= (uint64_t)1 << (i - p->lo);
    while (p->done & 1) {
        p->done >>= 1;
        p->lo++;
    }
}

/* The next from `i` on that may be next: nothing undone was answered before it came. */
static size_t candidate(struct order_search *g, const struct place *p, size_t i,
                        int64_t *first_end) {
    for (; i < g->count && g->ops[i].began_us < *first_end; i++) {
        if (i - p->lo >= WINDOW) {
            g->gave_up = true;
            break;
        }
        if (is_done(p, i))
            continue;
        if (g->ops[i].ended_us < *first_end)
            *first_end = g->ops[i].ended_us;
        return i;
    }
    return g->count;
}

static bool can_be(const struct order_search *g, const struct place *p, size_t i) {
    return g->fits(g->context, i, p->value);
}

/* One that may be next, and fits what stands. */
static bool do_read(struct order_search *g, struct place *p) {
    int64_t first_end = INT64_MAX;

    for (size_t i = candidate(g, p, p->lo, &first_end); i < g->count;
         i = candidate(g, p, i + 1, &first_end))
        if (g->ops[i].kind == ORDER_READS && can_be(g, p, i)) {
            put(g, p, i);
            return true;
        }
    return false;
}

static bool was_seen(struct order_search *g, const struct place *p) {
    uint64_t h = (p->done ^ (uint64_t)p->lo << 40 ^ (uint64_t)(uint32_t)p->value) *
                 0x9e3779b97f4a7c15ULL;

    for (size_t at = h >> 50;; at = (at + 1) % SLOTS) {
        struct place *s = &g->seen[at];

        if (!s->taken) {
            *s = *p;
            s->taken = true;
            return false;
        }
        if (s->lo == p->lo && s->done == p->done && s->value == p->value)
            return true;
    }
}

static bool search(struct order_search *g, struct place p) {
    int64_t first_end = INT64_MAX;

    while (do_read(g, &p))
        ;
    if (p.lo == g->count)
        return true;
    if (g->gave_up || was_seen(g, &p))
        return false;
    if (++g->steps > MAX_STEPS)
        g->gave_up = true;
    for (size_t i = candidate(g, &p, p.lo, &first_end); i < g->count && !g->gave_up;
         i = candidate(g, &p, i + 1, &first_end)) {
        const struct order_op *op = &g->ops[i];
        size_t placed = g->placed;
        struct place next = p;

        if (op->kind == ORDER_READS || !can_be(g, &p, i))
            continue;
        put(g, &next, i);
        next.value = op->kind == ORDER_SETS ? op->value : ORDER_NOTHING;
        if (search(g, next))
            return true;
        g->placed = placed;
    }
    return false;
}

enum order_found order_find(const struct order_op *ops, size_t count, int value,
                            order_fits *fits, void *context, size_t *order) {
    struct order_search g = {
        .ops = ops, .count = count, .fits = fits, .context = context, .order = order};
    bool found;

    if (count > MAX_OPS)
        return ORDER_UNKNOWN;
    g.seen = mem_new(SLOTS, sizeof(*g.seen));
    found = search(&g, (struct place){.value = value});
    free(g.seen);
    return found ? ORDER_FOUND : g.gave_up ? ORDER_UNKNOWN : ORDER_NONE;
}
