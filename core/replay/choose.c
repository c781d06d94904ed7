#include <stdlib.h>
#include <string.h>

#include "core/replay/kin.h"
#include "core/replay/parts.h"

/* How exactly a tale's state is ours; what costs less is told. */
enum {
    COST_PAST = 1,        /* told before, or of an earlier moment: the last of these */
    COST_AHEAD = 2,       /* of a later moment: the first of these */
    COST_IDEMPOTENCY = 4, /* one has a key, the other has none */
    COST_NAME = 16,   /* the secret's writes agree, other writes of the scope do not */
    COST_EFFECT = 32, /* only what the secret lives by agrees */
    COST_NEVER = 1 << 20,
    EXPIRY_S = 5, /* two expiries are one when they, or their distances from now, are so
                     near */
};

char class_of_tale(const struct tale *t) {
    if (t->name < 0)
        return '-';
    if (t->before.name_effect >= 0)
        return t->before.expired ? 'x' : 'p';
    return t->before.name_write == NO_WRITE ? 'n' : 'd';
}

char class_of_asking(const struct asking *q) {
    const struct told_name *n = q->name;

    if (!n)
        return '-';
    if (n->alive)
        return told_expired(n, q->now) ? 'x' : 'p';
    return n->write == NO_WRITE ? 'n' : 'd';
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_expiry(const struct asking *q, const struct tale *t) {
    int64_t here = q->asked.expires_at, there = t->asked.expires_at, off;

    if (here == INT64_MIN || there == INT64_MIN || here == there)
        return here == there; /* texts that are no number are in the shape */
    if ((uint64_t)here - (uint64_t)there + EXPIRY_S <= 2 * EXPIRY_S)
        return true;
    off = (here - q->now) - (there - t->now);
    return off >= -EXPIRY_S && off <= EXPIRY_S;
}

static bool same_cursor(const struct asking *q, const struct tale *t) {
    const char *here = q->asked.cursor, *there = t->asked.cursor;
    char *swapped;
    bool same;

    if (!here || !there)
        return here == there;
    if (json_object_get(q->r->tellings.ids_there, here))
        return same_text(
            json_string_value(json_object_get(q->r->tellings.ids_there, here)), there);
    swapped = likeness_text(&q->r->tellings.likeness, here, false);
    same = same_text(here, there) || same_text(swapped, there);
    free(swapped);
    return same;
}

/* A key stands for one recorded key, once it has been shown. */
static int idempotency_cost(const struct asking *q, const struct tale *t) {
    const char *here = q->asked.idempotency, *there = t->asked.idempotency;
    const struct tellings *g = &q->r->tellings;
    const char *bound, *owner;

    if (!here && t->repeated) /* nothing was done there, for its key */
        return COST_NEVER;
    if (!here || !there)
        return here == there ? 0 : COST_IDEMPOTENCY;
    bound = json_string_value(json_object_get(g->keys_here, here));
    owner = json_string_value(json_object_get(g->keys_there, there));
    if (bound)
        return strcmp(bound, there) == 0 ? 0 : COST_NEVER;
    return owner && strcmp(owner, here) != 0 && !q->telling->again ? COST_NEVER : 0;
}

static int state_cost(const struct asking *q, const struct tale *t) {
    const struct telling *g = q->telling;
    const struct told_name *n = q->name;

    if (t->asked.op == ASKED_LIST) {
        if (t->before.living != telling_living(g, q->now))
            return COST_NEVER;
        return t->before.scope_write == g->scope_write ? 0 : COST_NAME;
    }
    if (!n)
        return t->before.scope_write == g->scope_write ? 0 : COST_NAME;
    if (t->before.expired != told_expired(n, q->now))
        return COST_NEVER;
    if (t->before.name_write == n->write && t->before.name_effect == n->effect)
        return t->before.scope_write == g->scope_write ? 0 : COST_NAME;
    return t->before.name_effect == n->effect ? COST_EFFECT : COST_NEVER;
}

bool same_credential(const struct asking *q, const struct tale *t) {
    if (!*q->account) /* unknown keys are all alike */
        return !*q->r->stories->items[t->story].account;
    return same_text(q->token, t->asked.key);
}

/* Nothing explained it there, so it is told in its turn, whatever the state; once. */
static bool is_wild(const struct asking *q, const struct tale *t) {
    return t->wild && t->turn <= q->turn && !q->telling->used[t->position] &&
           (!q->name || t->before.expired == told_expired(q->name, q->now));
}

/* Tales of one state are told in their turn. After an end they are also of a moment: an
 * implementation may notice it a little late, and who asks less often here than there
 * must not wait for it longer. */
static int turn_cost(const struct asking *q, const struct tale *t) {
    bool used = q->telling->used[t->position] > 0;
    int64_t here = q->now - q->ended, there = t->now - t->before.ended;

    if (tale_writes(t) || t->wild || !q->ended || !t->before.ended || here == there)
        return used ? COST_PAST : 0;
    return there < here ? COST_PAST : used ? COST_AHEAD + COST_PAST : COST_AHEAD;
}

static int cost_of(const struct asking *q, const struct tale *t) {
    int cost;

    /* a set answers the same, whichever side of another write it was on */
    if (t->undecided && t->asked.op != ASKED_SET)
        return COST_NEVER;
    if (t->name != (q->name ? q->name->there : -1) || (q->name && t->name < 0) ||
        !same_credential(q, t) || !same_expiry(q, t) || !same_cursor(q, t))
        return COST_NEVER;
    /* was that one too long, too? Only if it is that one, and told for the first time
     */
    if (q->asked.too_long && t->works &&
        (!q->name || !q->name->sure || q->telling->used[t->position] ||
         kin_refuses_long(q->r)))
        return COST_NEVER;
    cost = is_wild(q, t) ? 0 : state_cost(q, t);
    if (cost && q->full && t->works)
        return COST_NEVER;
    if (cost < COST_NEVER)
        cost += idempotency_cost(q, t) + turn_cost(q, t);
    return cost;
}

static bool is_same(const struct asking *q, const struct tale *t) {
    return same_text(q->asked.name, t->asked.name) &&
           same_text(q->asked.user, t->asked.user) &&
           same_text(q->asked.cursor, t->asked.cursor) && !q->telling->again &&
           !(t->asked.op == ASKED_LIST && q->telling->renamed);
}

/* When the secret ended, or the last one of the scope; 0 = none has. */
static int64_t ended_here(const struct asking *q) {
    int64_t ended = 0;

    if (q->name)
        return told_expired(q->name, q->now) ? q->name->expires : 0;
    for (size_t i = 0; q->asked.op == ASKED_LIST && i < q->telling->name_count; i++) {
        const struct told_name *n = q->telling->names[i];

        if (told_expired(n, q->now) && n->expires > ended)
            ended = n->expires;
    }
    return ended;
}

/* One more than the recorded implementation is known to take. */
static bool is_full(const struct asking *q) {
    int living = 0;

    if (q->asked.op != ASKED_SET || !q->r->rules.cap || class_of_asking(q) == 'p')
        return false;
    for (size_t i = 0; i < q->telling->name_count; i++)
        living +=
            q->telling->names[i]->alive && !told_expired(q->telling->names[i], q->now);
    return living >= q->r->rules.cap;
}

/* How often the same was asked before. */
static int turn_of(struct asking *q) {
    struct telling *g = q->telling;
    char *key;
    int turn;

    if (!q->r->stories->items[g->story].wild)
        return 0;
    if (!g->turns)
        g->turns = json_object();
    key = stories_alike(q->asked.shape, q->name ? q->name->there : -1);
    turn = (int)json_integer_value(json_object_get(g->turns, key));
    json_object_set_new_nocheck(g->turns, key, json_integer(turn + 1));
    free(key);
    return turn;
}

int choose_tale(struct asking *q, bool *same) {
    const struct story *s;
    const json_t *list;
    int best = -1, best_cost = COST_NEVER;

    q->full = is_full(q);
    if (q->telling->story < 0)
        return -1;
    q->turn = turn_of(q);
    q->ended = ended_here(q);
    s = &q->r->stories->items[q->telling->story];
    list = json_object_get(s->shapes, q->asked.shape);
    for (size_t i = 0; i < json_array_size(list); i++) {
        int tale = (int)json_integer_value(json_array_get(list, i));
        const struct tale *t = &q->r->stories->tales[tale];
        int cost = cost_of(q, t);

        /* the first that is left; when none is, the last */
        if (cost < best_cost ||
            (cost == best_cost && cost < COST_NEVER && cost & COST_PAST)) {
            best_cost = cost;
            best = tale;
        }
    }
    if (best >= 0)
        *same = is_same(q, &q->r->stories->tales[best]);
    return best;
}
