/* A list request comes in. Whether its secrets stand in another order here than
 * recorded goes out. */
#include "replay/current_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct rank {
    int there; /* an interaction or, by name, 0 */
    uint64_t here;
    const char *name_there, *name_here;
};

static int by_there(const void *a, const void *b) {
    const struct rank *x = a, *y = b;

    return x->there != y->there ? (x->there > y->there) - (x->there < y->there)
                                : strcmp(x->name_there, y->name_there);
}

static bool is_after(const struct rank *a, const struct rank *b) {
    return a->here != b->here ? a->here > b->here
                              : strcmp(a->name_here, b->name_here) > 0;
}

static struct rank rank_of(const struct replay_request *q, const struct binding *n) {
    const struct histories *s = q->r->histories;
    const struct interaction *set = &s->interactions[n->effect];

    switch (q->r->list_order.by) {
    case LIST_ORDER_CREATED:
        return (struct rank){set->made, n->made, "", ""};
    case LIST_ORDER_SET:
        return (struct rank){n->effect, n->set, "", ""};
    default:
        return (struct rank){0, 0, s->items[q->session->history].names[n->there].text,
                             n->here};
    }
}

bool current_order_differs(const struct replay_request *q) {
    const struct session *g = q->session;
    enum list_order_by by = q->r->list_order.by;
    struct rank *ranks;
    size_t count = 0;
    bool otherwise = false;

    if (by == LIST_ORDER_ID)
        return g->again; /* its ids are new ones */
    if (by == LIST_ORDER_UNKNOWN || g->history < 0 ||
        !(by == LIST_ORDER_NAME ? g->renamed : g->out_of_order))
        return false;
    ranks = mem_new(g->name_count + 1, sizeof(*ranks));
    for (size_t i = 0; i < g->name_count; i++)
        if (g->names[i]->effect >= 0 && g->names[i]->there >= 0 &&
            !binding_expired(g->names[i], q->now))
            ranks[count++] = rank_of(q, g->names[i]);
    qsort(ranks, count, sizeof(*ranks), by_there);
    for (size_t i = 1; i < count && !otherwise; i++)
        otherwise = is_after(&ranks[i - 1], &ranks[i]);
    free(ranks);
    return otherwise;
}
