/* A request and its session come in. The recorded interaction with the smallest
 * distance goes out. */
#include "replay/select.h"

#include <stdlib.h>
#include <string.h>

#include "replay/template.h"

/* How far the state of a recorded interaction is from the present one. The interaction with
 * the smallest distance is served; on a tie the earliest that was not served yet. */
enum {
    DISTANCE_REUSED =
        1, /* already served, or of an earlier moment after an expiry; prefer the latest */
    DISTANCE_LATER = 2, /* of a later moment after an expiry; prefer the earliest */
    DISTANCE_IDEMPOTENCY = 4, /* one has a key, the other has none */
    DISTANCE_SCOPE_STATE =
        16, /* the secret's writes agree, other writes of the scope do not */
    DISTANCE_SECRET_STATE =
        32, /* the present value comes from the same set; later failed writes differ */
    DISTANCE_NEVER = 1 << 20,
    EXPIRY_S = 5, /* two expiries are one when they, or their distances from now, are so
                     near */
};

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_expiry(const struct replay_request *q, const struct interaction *t) {
    int64_t here = q->key.expires_at, there = t->key.expires_at, off;

    if (here == INT64_MIN || there == INT64_MIN || here == there)
        return here == there; /* texts that are no number are in the fingerprint */
    if ((uint64_t)here - (uint64_t)there + EXPIRY_S <= 2 * EXPIRY_S)
        return true;
    off = (here - q->now) - (there - t->now);
    return off >= -EXPIRY_S && off <= EXPIRY_S;
}

static bool same_one_cursor(const struct replay_request *q, const char *here,
                            const char *there) {
    char *swapped;
    bool same;

    if (!here || !there)
        return here == there;
    if (json_object_get(q->r->sessions.ids_there, here))
        return same_text(
            json_string_value(json_object_get(q->r->sessions.ids_there, here)), there);
    swapped = renaming_text(&q->r->sessions.renaming, here, false);
    same = same_text(here, there) || same_text(swapped, there);
    free(swapped);
    return same;
}

static bool same_cursor(const struct replay_request *q, const struct interaction *t) {
    return same_one_cursor(q, q->key.cursor, t->key.cursor) &&
           same_one_cursor(q, q->key.other_cursor, t->key.other_cursor);
}

/* A key stands for one recorded key, once it has been shown. */
static int idempotency_distance(const struct replay_request *q,
                                const struct interaction *t) {
    const char *here = q->key.idempotency, *there = t->key.idempotency;
    const struct sessions *g = &q->r->sessions;
    const char *bound, *owner;

    if (!here && t->repeated) /* nothing was done there, for its key */
        return DISTANCE_NEVER;
    if (!here || !there)
        return here == there ? 0 : DISTANCE_IDEMPOTENCY;
    bound = json_string_value(json_object_get(g->keys_here, here));
    owner = json_string_value(json_object_get(g->keys_there, there));
    if (bound)
        return strcmp(bound, there) == 0 ? 0 : DISTANCE_NEVER;
    return owner && strcmp(owner, here) != 0 && !q->session->again ? DISTANCE_NEVER : 0;
}

static int state_distance(const struct replay_request *q, const struct interaction *t) {
    const struct session *g = q->session;
    const struct binding *n = q->name;

    if (t->key.op == API_LIST) {
        if (t->before.living != session_living(g, q->now))
            return DISTANCE_NEVER;
        return t->before.scope_write == g->scope_write ? 0 : DISTANCE_SCOPE_STATE;
    }
    if (!n)
        return t->before.scope_write == g->scope_write ? 0 : DISTANCE_SCOPE_STATE;
    if (t->before.expired != binding_expired(n, q->now))
        return DISTANCE_NEVER;
    if (t->before.name_write == n->write && t->before.name_effect == n->effect)
        return t->before.scope_write == g->scope_write ? 0 : DISTANCE_SCOPE_STATE;
    return t->before.name_effect == n->effect ? DISTANCE_SECRET_STATE : DISTANCE_NEVER;
}

/* No order explains this interaction: it is served once, at its place among equal
 * requests, whatever the state. */
static bool is_served_in_turn(const struct replay_request *q,
                              const struct interaction *t) {
    return has_doubt(t, DOUBT_UNEXPLAINED) && t->turn <= q->turn &&
           !q->session->used[t->position] &&
           (!q->name || t->before.expired == binding_expired(q->name, q->now));
}

/* Interactions of one state are served in their order. After an expiry the time since then
 * counts, too: an implementation may notice an end a little late, and who asks less often
 * here than there must not wait longer for it. */
static int turn_distance(const struct replay_request *q, const struct interaction *t) {
    bool used = q->session->used[t->position] > 0;
    int64_t here = q->now - q->ended, there = t->now - t->before.ended;

    if (interaction_writes(t) || has_doubt(t, DOUBT_UNEXPLAINED) || !q->ended ||
        !t->before.ended || here == there)
        return used ? DISTANCE_REUSED : 0;
    return there < here ? DISTANCE_REUSED
           : used       ? DISTANCE_LATER + DISTANCE_REUSED
                        : DISTANCE_LATER;
}

static int distance_of(const struct replay_request *q, const struct interaction *t) {
    int cost;

    /* a set answers the same, whichever side of another write it was on */
    if (has_doubt(t, DOUBT_UNORDERED) && t->key.op != API_SET)
        return DISTANCE_NEVER;
    if (t->name != (q->name ? q->name->there : -1) || (q->name && t->name < 0) ||
        !same_credential(q, t) || !same_expiry(q, t) || !same_cursor(q, t))
        return DISTANCE_NEVER;
    /* The recording does not keep how long a payload was. One that is too long is taken only
     * if this is surely the recorded request, and it was not served yet. */
    if (q->key.too_long && t->succeeded &&
        (!q->name || !q->name->sure || q->session->used[t->position] ||
         template_refuses_long(q->r)))
        return DISTANCE_NEVER;
    cost = is_served_in_turn(q, t) ? 0 : state_distance(q, t);
    if (cost && q->full && t->succeeded)
        return DISTANCE_NEVER;
    if (cost < DISTANCE_NEVER)
        cost += idempotency_distance(q, t) + turn_distance(q, t);
    return cost;
}

static bool is_same(const struct replay_request *q, const struct interaction *t) {
    return same_text(q->key.name, t->key.name) && same_text(q->key.user, t->key.user) &&
           same_text(q->key.cursor, t->key.cursor) &&
           same_text(q->key.other_cursor, t->key.other_cursor) && !q->session->again &&
           !(t->key.op == API_LIST && q->session->renamed);
}

/* When the secret ended, or the last one of the scope; 0 = none has. */
static int64_t ended_here(const struct replay_request *q) {
    int64_t ended = 0;

    if (q->name)
        return binding_expired(q->name, q->now) ? q->name->expires : 0;
    for (size_t i = 0; q->key.op == API_LIST && i < q->session->name_count; i++) {
        const struct binding *n = q->session->names[i];

        if (binding_expired(n, q->now) && n->expires > ended)
            ended = n->expires;
    }
    return ended;
}

/* One more than the recorded implementation is known to take. */
static bool is_full(const struct replay_request *q) {
    int living = 0;

    if (q->key.op != API_SET || !q->r->rules.cap || current_state_class(q) == 'p')
        return false;
    for (size_t i = 0; i < q->session->name_count; i++)
        living += q->session->names[i]->alive &&
                  !binding_expired(q->session->names[i], q->now);
    return living >= q->r->rules.cap;
}

/* How often the same was asked before. */
static int turn_of(struct replay_request *q) {
    struct session *g = q->session;
    char *key;
    int turn;

    if (!q->r->histories->items[g->history].unexplained)
        return 0;
    if (!g->turns)
        g->turns = json_object();
    key = history_turn_key(q->key.fingerprint, q->name ? q->name->there : -1);
    turn = (int)json_integer_value(json_object_get(g->turns, key));
    json_object_set_new_nocheck(g->turns, key, json_integer(turn + 1));
    free(key);
    return turn;
}

int select_interaction(struct replay_request *q, bool *same) {
    const struct history *s;
    const json_t *list;
    int best = -1, best_distance = DISTANCE_NEVER;

    q->full = is_full(q);
    if (q->session->history < 0)
        return -1;
    q->turn = turn_of(q);
    q->ended = ended_here(q);
    s = &q->r->histories->items[q->session->history];
    list = json_object_get(s->by_fingerprint, q->key.fingerprint);
    for (size_t i = 0; i < json_array_size(list); i++) {
        int interaction = (int)json_integer_value(json_array_get(list, i));
        const struct interaction *t = &q->r->histories->interactions[interaction];
        int cost = distance_of(q, t);

        /* the first that is left; when none is, the last */
        if (cost < best_distance || (cost == best_distance && cost < DISTANCE_NEVER &&
                                     cost & DISTANCE_REUSED)) {
            best_distance = cost;
            best = interaction;
        }
    }
    if (best >= 0)
        *same = is_same(q, &q->r->histories->interactions[best]);
    return best;
}
