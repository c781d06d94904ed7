/* A sequence of moves comes in. A case of a spec goes out: its steps, and what the
 * model says that each must answer. */
#include "harness/explore/oracle.h"

#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/explore/oracle_state.h"

enum {
    BEGINNING_S = 1700000000,
    SOON_S = 700,
    CLEAR_S = 10, /* so long before its end a secret is surely there */
    GRACE_S = 2,  /* so long after it surely not: a second of slack, and ours */
};

static struct expected_secret *each_history(struct oracle *t, unsigned i) {
    return i < 2 * PLACES * NAMES ? &t->secrets[0][0][0] + i : NULL;
}

static bool ends_between(const struct expected_secret *s, int64_t from_s,
                         int64_t to_s) {
    return s->fate == FATE_LIVE && s->ends_s && s->ends_s > from_s && s->ends_s < to_s;
}

/* The secret that ends next; NULL = none soon, or another ends at about that time. */
static const struct expected_secret *next_to_end(struct oracle *t) {
    const struct expected_secret *next = NULL, *s;

    for (unsigned i = 0; (s = each_history(t, i)); i++)
        if (ends_between(s, t->now_s, next ? next->ends_s : t->now_s + SOON_S))
            next = s;
    for (unsigned i = 0; next && (s = each_history(t, i)); i++)
        if (s != next &&
            ends_between(s, next->ends_s - CLEAR_S, next->ends_s + CLEAR_S))
            return NULL;
    return next;
}

static void add_wait(struct oracle *t, json_t *wait, int64_t until_s) {
    json_array_append_new(t->steps, json_pack("{s:o}", "wait", wait));
    t->now_s = until_s;
}

/* Whether a secret that ends about now is there nobody can say: wait on. `but` was
 * waited for by its own end. */
static void stand_clear(struct oracle *t, const struct expected_secret *but) {
    const struct expected_secret *s;

    for (unsigned i = 0; (s = each_history(t, i)); i++)
        if (s != but && ends_between(s, t->now_s - CLEAR_S, t->now_s + CLEAR_S)) {
            add_wait(t, json_sprintf("%ds", 2 * CLEAR_S), t->now_s + 2 * CLEAR_S);
            i = (unsigned)-1; /* from the first: that may have come near to another */
        }
}

/* A scope in which one has just ended: the others must stay. */
static void note_ended(struct oracle *t) {
    for (unsigned i = 0; each_history(t, i); i++) {
        struct expected_secret *s = each_history(t, i);

        if (!ends_between(s, 0, t->now_s + 1))
            continue;
        s->fate = FATE_EXPIRED;
        for (unsigned n = 0; n < NAMES; n++) {
            struct expected_secret *beside = each_history(t, i / NAMES * NAMES + n);

            if (beside->fate == FATE_LIVE)
                beside->shaken = "EXP-6";
        }
    }
}

static void oracle_wait(struct oracle *t) {
    const struct expected_secret *next = move_seconds(t->m) ? NULL : next_to_end(t);
    int seconds = move_seconds(t->m) ? move_seconds(t->m) : 90;

    t->needs_clock = true;
    if (next)
        add_wait(t,
                 json_pack("{s:o, s:s}", "until", oracle_variable("ends", next->number),
                           "plus", "2s"),
                 next->ends_s + GRACE_S);
    else
        add_wait(t, json_sprintf("%ds", seconds), t->now_s + seconds);
    stand_clear(t, next);
    note_ended(t);
}

static void oracle_move(struct oracle *t) {
    static void (*const oracles[MOVE_KINDS])(struct oracle * t) = {
        [MOVE_SET] = oracle_set,        [MOVE_FIND] = oracle_find,
        [MOVE_PAGE] = oracle_page,      [MOVE_WALK] = oracle_walk,
        [MOVE_WAIT] = oracle_wait,      [MOVE_DELETE] = oracle_delete,
        [MOVE_REFUSED] = oracle_refused};

    if (t->m->kind == MOVE_LIST)
        json_decref(oracle_whole_list(t));
    else
        oracles[t->m->kind](t);
}

/* A short case saves only what it uses, and ends with its one check. */
static void tidy(json_t *steps) {
    char *text = json_dumps(steps, 0);

    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *step = json_array_get(steps, i), *saves = json_object_get(step, "save");
        const char *name;
        json_t *pointer;
        void *next;

        json_object_foreach_safe(saves, next, name, pointer) {
            char *use = mem_printf("${%s}", name);

            if (!strstr(text, use))
                json_object_del(saves, name);
            free(use);
        }
        if (saves && json_object_size(saves) == 0)
            json_object_del(step, "save");
    }
    free(text);
}

static bool any_positive(const json_t *steps) {
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *checks = json_object_get(json_array_get(steps, i), "checks");

        for (size_t k = 0; k < json_array_size(checks); k++) {
            const json_t *status =
                jsonx_at(json_array_get(checks, k), "/expect/status");

            if (!status || json_integer_value(status) == 200)
                return true;
        }
    }
    return false;
}

static json_t *make_case(const struct oracle *t, const char *id, const char *title) {
    json_t *c = json_pack("{s:s, s:s}", "id", id, "title", title);
    json_t *needs = json_array();

    for (size_t i = 1; i < MOVE_ROLES; i++)
        if (t->needs[i])
            json_array_append_new(needs, json_string(move_roles[i]));
    if (t->needs_clock)
        json_array_append_new(needs, json_string("clock"));
    if (json_array_size(needs))
        json_object_set(c, "needs", needs);
    /* names without a prefix are those of other sequences too: one after another */
    if (t->locks_account || (sequence_is_raw(t->s) && !t->f->only))
        json_object_set_new(c, "locks", json_pack("[s]", "account"));
    if (t->needs_clock)
        json_object_set_new(c, "tags", json_pack("[s]", "slow"));
    if (!any_positive(t->steps))
        json_object_set_new(c, "why_no_control",
                            json_string("found by exploring: the shortest that fails"));
    json_object_set(c, "steps", t->steps);
    json_decref(needs);
    return c;
}

json_t *oracle_predict(const struct prediction *f, const struct sequence *s,
                       const char *id, const char *title) {
    struct oracle t = {.f = f,
                       .s = s,
                       .model = oracle_model(),
                       .now_s = BEGINNING_S,
                       .steps = json_array()};
    json_t *c;

    for (size_t i = 0; i < s->count; i++) {
        t.m = &s->moves[i];
        t.number = (unsigned)i + 1;
        t.last = i + 1 == s->count;
        t.index = 0;
        oracle_move(&t);
    }
    if (f->only)
        tidy(t.steps);
    c = make_case(&t, id, title);
    for (unsigned i = 0; i < 2 * PLACES * NAMES; i++)
        json_decref((&t.secrets[0][0][0])[i].payload);
    model_free(t.model);
    json_decref(t.steps);
    return c;
}
