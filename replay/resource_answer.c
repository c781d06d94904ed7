/* A request about another resource comes in. The recorded answer that fits what was done to
 * the resource goes out, with the ids of here. */
#include "replay/resource_answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "replay/apply.h"
#include "replay/idempotency_memory.h"
#include "replay/miss.h"
#include "replay/render.h"
#include "replay/resource_asking.h"

/* How far the objects of a recorded call are from those of the request. */
enum {
    OTHER_OBJECT = 1, /* another one, to which the same was done */
    OTHER_NAME = 2,
    OTHER_KEY = 2,         /* one has an idempotency key, the other has none */
    OTHER_PARAMETER = 4,   /* an object that a parameter names is in another state */
    OTHER_COLLECTION = 8,  /* others of its collection are */
    OTHER_STATE = 32,      /* the object itself is; without an id, the collection */
    OTHER_THING = 1 << 20, /* it is deleted, or the other one is */
};

struct resource_choice {
    int interaction; /* -1 = none */
    int distance;
};

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* --- which one --- */

/* An answer that came for the second request of an idempotency key is for such a one. */
static int key_distance(struct replay_request *q, const struct interaction *t) {
    const char *here = q->key.idempotency, *there = t->key.idempotency;
    const char *bound =
        here ? json_string_value(json_object_get(q->r->sessions.keys_here, here))
             : NULL;

    if (bound || t->repeated)
        return bound && there && strcmp(bound, there) == 0 ? 0 : OTHER_THING;
    return !here == !there ? 0 : OTHER_KEY;
}

/* An id that the client chooses is free if it was never there or is there no more. */
static bool is_free(const struct resource *r) {
    return !r || r->deleted || !r->state;
}

static int object_distance(struct replay_request *q, const struct resource_call *call,
                           size_t place) {
    const struct resource *met = &call->met[place];
    const char *id = q->asking->request.ids[place];
    const struct resource *r = resources_find(q->asking->states, id);
    bool chosen = place >= call->request.in_path && call->shows && is_free(met) &&
                  strcmp(call->shows, met->id) == 0;
    int distance = strcmp(resource_ids_there(q->r->resources, id), met->id) == 0
                       ? 0
                       : OTHER_OBJECT;

    if (chosen ? !is_free(r) : (r && r->deleted) != met->deleted)
        return OTHER_THING;
    if ((r ? r->state : 0) != met->state)
        distance += chosen                                    ? OTHER_OBJECT
                    : place + 1 == q->asking->request.in_path ? OTHER_STATE
                                                              : OTHER_PARAMETER;
    return distance;
}

static int distance_of(struct replay_request *q, const struct interaction *t,
                       const struct resource_call *call) {
    int distance = key_distance(q, t);

    if (t->history != q->session->history || !same_credential(q, t) ||
        call->request.count != q->asking->request.count)
        return OTHER_THING;
    for (size_t i = 0; i < q->asking->request.count && distance < OTHER_THING; i++)
        distance += object_distance(q, call, i);
    if (!same_text(q->key.name, t->key.name))
        distance += OTHER_NAME;
    if (!q->asking->request.in_path && q->asking->collection != call->collection)
        distance += q->asking->request.count ? OTHER_COLLECTION : OTHER_STATE;
    return distance;
}

/* The same was asked before in this state: so many times. What has no state that agrees is
 * served in the order in which it was recorded. */
static size_t turn_of(struct replay_request *q, bool any_state) {
    struct resource_ids *ids = q->r->resources;
    struct buf key = BUF_INIT(BUF_UNLIMITED);
    size_t all, here;

    buf_addf(&key, "%d %s", q->session->history, q->asking->request.pattern);
    all = resource_ids_turn(ids, key.ptr);
    for (size_t i = 0; i < q->asking->request.count; i++) {
        const struct resource *r =
            resources_find(q->asking->states, q->asking->request.ids[i]);

        buf_addf(&key, "\n%s %llu", q->asking->request.ids[i],
                 (unsigned long long)(r ? r->state : 0));
    }
    buf_addf(
        &key, "\n%llu %s",
        (unsigned long long)(q->asking->request.in_path ? 0 : q->asking->collection),
        q->key.name ? q->key.name : "");
    here = resource_ids_turn(ids, key.ptr);
    buf_release(&key);
    return any_state ? all : here;
}

static int listed_distance(struct replay_request *q, const json_t *list, size_t i) {
    int n = (int)json_integer_value(json_array_get(list, i));

    return distance_of(q, &q->r->histories->interactions[n],
                       q->r->resource_calls->items[n]);
}

static int least_distance(struct replay_request *q, const json_t *list) {
    int least = OTHER_THING;

    for (size_t i = 0; i < json_array_size(list); i++) {
        int distance = listed_distance(q, list, i);

        least = distance < least ? distance : least;
    }
    return least;
}

/* Those that named the same objects there, or met the collection in this state. */
static const json_t *of_same_objects(struct replay_request *q) {
    const struct resource_asking *a = q->asking;
    const char **there = mem_new(a->request.count + 1, sizeof(*there));
    char *key;
    const json_t *list;

    for (size_t i = 0; i < a->request.count; i++)
        there[i] = resource_ids_there(q->r->resources, a->request.ids[i]);
    key = resource_calls_objects(a->request.pattern, there, a->request.count,
                                 a->collection);
    list = json_object_get(q->r->resource_calls->by_objects, key);
    free(key);
    free(there);
    return list;
}

/* The nearest; of several as near the one whose turn it is, or the last. */
static struct resource_choice choose(struct replay_request *q) {
    const json_t *list = of_same_objects(q);
    struct resource_choice best = {-1, least_distance(q, list)};
    size_t turn;

    if (best.distance >= OTHER_PARAMETER) {
        list = json_object_get(q->r->resource_calls->by_pattern,
                               q->asking->request.pattern);
        best.distance = least_distance(q, list);
    }
    if (best.distance == OTHER_THING)
        return best;
    turn = turn_of(q, !q->asking->request.count && best.distance >= OTHER_STATE);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (listed_distance(q, list, i) != best.distance)
            continue;
        best.interaction = (int)json_integer_value(json_array_get(list, i));
        if (turn-- == 0)
            break;
    }
    return best;
}

/* --- what it answers --- */

static struct resource_pairing pairing_of(struct replay_request *q,
                                          const struct interaction *t) {
    return (struct resource_pairing){&q->r->sessions, &q->asking->request, t,
                                     q->key.name, q->now};
}

static const char *id_here(const struct resource_pairs *pairs, const char *there) {
    const struct resource_pair *pair =
        there ? resource_pairs_find(pairs, there, false) : NULL;

    return pair ? pair->here : there;
}

static void note_write(struct replay_request *q, int interaction,
                       const struct resource_pairs *pairs) {
    const struct resource_call *call = q->r->resource_calls->items[interaction];
    struct resource_outcome done = {.id = id_here(pairs, call->shows),
                                    .fresh_count = call->fresh_count,
                                    .interaction = interaction};
    const char **fresh = mem_new(call->fresh_count + 1, sizeof(*fresh));

    for (size_t i = 0; i < call->fresh_count; i++)
        fresh[i] = id_here(pairs, call->fresh[i]);
    done.fresh = fresh;
    resources_write(q->asking->states, &q->asking->request, &done);
    free(fresh);
}

static bool is_as_it_was(const struct resource_pairs *pairs) {
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].there, pairs->items[i].here) != 0)
            return false;
    return true;
}

static void answer_chosen(struct replay_request *q, struct resource_choice chosen,
                          struct replay_answer *answer) {
    const struct interaction *t = &q->r->histories->interactions[chosen.interaction];
    struct resource_pairs pairs = {0};
    struct resource_pairing pairing = pairing_of(q, t);

    resource_ids_pair(q->r->resources, &pairing, &pairs);
    answer->label =
        !chosen.distance && is_as_it_was(&pairs) ? REPLAY_RECORDED : REPLAY_DERIVED;
    apply_interaction(q, chosen.interaction);
    q->pairs = &pairs;
    render(q, t, answer);
    q->pairs = NULL;
    if (t->succeeded && !t->repeated && q->asking->request.writes)
        note_write(q, chosen.interaction, &pairs);
    resource_pairs_release(&pairs);
}

/* --- a read of what a write has shown --- */

/* A read of that pattern which found something. */
static const struct interaction *read_like(struct replay_request *q) {
    const struct histories *s = q->r->histories;
    const json_t *list =
        json_object_get(q->r->resource_calls->by_pattern, q->asking->request.pattern);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct interaction *t =
            &s->interactions[json_integer_value(json_array_get(list, i))];

        if (t->succeeded && t->history == q->session->history)
            return t;
    }
    return NULL;
}

/* The write that shows the object as it is, if reads of that pattern show what writes do. */
static const struct interaction *shown_by(struct replay_request *q) {
    const struct histories *s = q->r->histories;
    const struct resource *r =
        q->asking->request.reads && q->asking->request.names_one &&
                json_is_true(json_object_get(q->r->resource_calls->faithful,
                                             q->asking->request.pattern))
            ? resources_find(q->asking->states,
                             q->asking->request.ids[q->asking->request.in_path - 1])
            : NULL;

    return r && !r->deleted && r->shown >= 0 ? &s->interactions[r->shown] : NULL;
}

static bool answer_shown(struct replay_request *q, struct replay_answer *answer) {
    const struct interaction *t = shown_by(q), *like = t ? read_like(q) : NULL;
    struct resource_pairs pairs = {0};
    struct resource_pairing pairing;
    struct http_response headers = {0};

    if (!like)
        return false;
    pairing = pairing_of(q, t);
    resource_ids_pair_shown(q->r->resources, &pairing,
                            q->asking->request.ids[q->asking->request.in_path - 1],
                            &pairs);
    q->pairs = &pairs;
    render(q, t, answer);
    render_headers(q, like, &headers);
    q->pairs = NULL;
    http_headers_release(&answer->response.headers);
    answer->response.headers = headers.headers;
    answer->response.status = like->x->response.status;
    answer->chunked = like->x->chunked;
    answer->label = REPLAY_DERIVED;
    resource_pairs_release(&pairs);
    return true;
}

/* A request of an idempotency key that was answered here before. */
static bool answer_again(struct replay_request *q, struct resource_choice chosen,
                         struct replay_answer *answer) {
    const struct histories *s = q->r->histories;

    if ((chosen.interaction >= 0 && s->interactions[chosen.interaction].repeated) ||
        !idempotency_memory_answer(q, answer))
        return false;
    if (q->r->options.strict && answer->label == REPLAY_MODELLED)
        miss_answer(q, NULL, answer);
    return true;
}

/* The nearest are those of the recorded ids. */
static void answer_miss(struct replay_request *q, struct replay_answer *answer) {
    char *own = q->key.fingerprint;

    q->key.fingerprint = resource_asking_fingerprint(q);
    miss_answer(q, NULL, answer);
    free(q->key.fingerprint);
    q->key.fingerprint = own;
}

static void answer_known(struct replay_request *q, struct replay_answer *answer) {
    struct resource_choice chosen = choose(q);

    if (answer_again(q, chosen, answer))
        return;
    if (chosen.distance >= OTHER_STATE && answer_shown(q, answer))
        return;
    if (chosen.interaction >= 0)
        answer_chosen(q, chosen, answer);
    else
        answer_miss(q, answer);
}

bool resource_answer(struct replay_request *q, struct replay_answer *answer) {
    struct resource_asking asking;

    if (!resource_asking_begin(&asking, q))
        return false;
    q->asking = &asking;
    answer_known(q, answer);
    q->asking = NULL;
    resource_asking_end(&asking);
    return true;
}
