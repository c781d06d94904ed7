/* A history in the order in which it was done comes in. The state that each interaction
 * met goes out: the writes before it, what had expired, what lived. */
#include "recording/history/state.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/history/concurrency.h"
#include "recording/history/list_view.h"

enum { EXPIRY_S = 2 };

struct name_state {
    int write, effect;
    bool uncertain;        /* by a write whose place or outcome is not known */
    bool after_concurrent; /* by one that overlapped any other, or so */
    bool unexplained;      /* by one that no order explains */
    bool concurrent_other; /* by one that overlapped one of another secret */
    bool mortal;           /* its index is in following.mortal */
    int64_t expires;
};

struct following {
    struct histories *s;
    const struct history *history;
    struct name_state *names;
    int *mortal; /* those that ever had an end */
    size_t mortals, uncertain, after_concurrent, unexplained,
        concurrent_other; /* how many */
    size_t next_unknown;
    uint64_t immortal; /* the sum of those that never expire */
    size_t immortals;
    int scope_write;
    int64_t longest_us; /* took the slowest of its exchanges */
};

uint64_t state_mix_living(int name, int effect) {
    /* nothing gives 0, which is what an empty scope has */
    uint64_t h = ((uint64_t)(uint32_t)name + 1) << 32 | (uint32_t)effect;

    h = (h ^ h >> 31) * 0x7fb5d329728ea185ULL;
    h = (h ^ h >> 27) * 0x81dadef4bc2dd44dULL;
    return h ^ h >> 33;
}

/* --- what lives in the scope --- */

struct living {
    uint64_t sum;
    size_t count;
    int64_t ended; /* when the last one did */
    bool ending;   /* one is near its end: it may be there or not */
};

static void add_living(struct living *l, int name, int effect) {
    l->sum += state_mix_living(name, effect);
    l->count++;
}

static struct living living_at(const struct following *f, int64_t now) {
    struct living l = {f->immortal, f->immortals, 0, false};

    for (size_t i = 0; i < f->mortals; i++) {
        const struct name_state *n = &f->names[f->mortal[i]];

        if (n->effect < 0 || !n->expires)
            continue;
        if (n->expires > now)
            add_living(&l, f->mortal[i], n->effect);
        else if (n->expires > l.ended)
            l.ended = n->expires;
        l.ending =
            l.ending || (n->expires >= now - EXPIRY_S && n->expires <= now + EXPIRY_S);
    }
    return l;
}

/* --- a list that overlapped writes --- */

/* Each of these secrets may have been before or after a write of it. */
struct disputed {
    int name, effects[16]; /* the first is what stands in the order that was found */
    size_t count;
};

struct viewing {
    const struct following *f;
    const struct interaction *t;
    struct list_view list;
    struct disputed *disputed;
    size_t disputed_count;
    struct living living;
};

static void add_effect(struct viewing *v, int name, int effect) {
    struct disputed *d = NULL;

    for (size_t i = 0; i < v->disputed_count && !d; i++)
        d = v->disputed[i].name == name ? &v->disputed[i] : NULL;
    if (!d) {
        v->disputed = mem_grow(v->disputed, v->disputed_count + 1, sizeof(*d));
        d = &v->disputed[v->disputed_count++];
        *d = (struct disputed){.name = name};
        d->effects[d->count++] = v->f->names[name].effect;
    }
    for (size_t i = 0; i < d->count; i++)
        if (d->effects[i] == effect)
            return;
    if (d->count < ARRAY_LEN(d->effects))
        d->effects[d->count++] = effect;
}

static int64_t began_at(const struct following *f, size_t position) {
    return f->s->interactions[f->history->interactions[position]].x->began_us;
}

static void find_disputed(struct viewing *v) {
    const struct history *history = v->f->history;
    const struct recorded *x = v->t->x;

    size_t i = (size_t)v->t->position;

    while (i > 0 && began_at(v->f, i - 1) + v->f->longest_us > x->began_us)
        i--;
    for (; i < history->count && began_at(v->f, i) < x->ended_us; i++) {
        int interaction = history->interactions[i];
        const struct interaction *o = &v->f->s->interactions[interaction];

        if (!interaction_writes(o) || !o->succeeded || o->repeated || o->name < 0 ||
            o->x->ended_us <= x->began_us)
            continue;
        add_effect(v, o->name, o->key.op == API_SET ? interaction : NO_WRITE);
        if (o->done) /* in the order that was found */
            add_effect(v, o->name, o->before.name_effect);
    }
}

/* Does the list show the secret as it was by that? */
static bool explains(const struct viewing *v, int name, int effect) {
    const json_t *item =
        json_object_get(v->list.items, v->f->history->names[name].text);
    const struct interaction *set = effect >= 0 ? &v->f->s->interactions[effect] : NULL;
    json_t *made;
    bool same;

    if (!item)
        return !set || !v->list.complete || set->expires;
    if (!set)
        return false;
    made = jsonx_body(&set->x->response);
    same = concurrency_shows(v->f->s, item, set, made, false);
    json_decref(made);
    return same;
}

static bool lives(const struct viewing *v, int effect) {
    const struct interaction *set = effect >= 0 ? &v->f->s->interactions[effect] : NULL;

    return set && (!set->expires || set->expires > v->t->now);
}

/* One of the secrets as the list shows it; false if it cannot be. */
static bool take_disputed(struct viewing *v, const struct disputed *d) {
    size_t k = 0;

    while (k < d->count && !explains(v, d->name, d->effects[k]))
        k++;
    if (k == d->count)
        return false;
    if (lives(v, d->effects[0])) {
        v->living.sum -= state_mix_living(d->name, d->effects[0]);
        v->living.count--;
    }
    if (lives(v, d->effects[k]))
        add_living(&v->living, d->name, d->effects[k]);
    return true;
}

static bool is_disputed(const struct viewing *v, int name) {
    for (size_t i = 0; i < v->disputed_count; i++)
        if (v->disputed[i].name == name)
            return true;
    return false;
}

/* Are all others there that live, and only they? */
static bool shows_others(const struct viewing *v) {
    size_t shown = 0;
    const char *text;
    json_t *item;

    json_object_foreach(v->list.items, text, item) {
        int name = history_name_find(v->f->history, text);
        const struct name_state *n = name >= 0 ? &v->f->names[name] : NULL;

        if (!n || (n->write == NO_WRITE && !is_disputed(v, name)))
            continue; /* of before the recording */
        if (n->effect < 0 && !is_disputed(v, name))
            return false;
        shown++;
    }
    return !v->list.complete || v->living.ending || shown == v->living.count;
}

static void view_list(const struct following *f, struct interaction *t) {
    struct viewing v = {.f = f, .t = t, .living = living_at(f, t->now)};
    uint64_t sum = v.living.sum;

    find_disputed(&v);
    list_view_read(&v.list, f->s, t);
    bool explained = !v.list.twice;

    for (size_t i = 0; i < v.disputed_count && explained; i++)
        explained = take_disputed(&v, &v.disputed[i]);
    explained = explained && shows_others(&v);
    set_doubt(t, DOUBT_UNEXPLAINED, !explained);
    t->before.living = explained ? v.living.sum : sum;
    list_view_release(&v.list);
    free(v.disputed);
}

/* --- one after the other --- */

static void take_unknown_outcomes(struct following *f, int before) {
    for (; f->next_unknown < f->s->unknown_count; f->next_unknown++) {
        const struct unknown_outcome *d = &f->s->unknown[f->next_unknown];

        if (d->interaction >= before) /* it meets the state before it itself */
            return;
        if (&f->s->items[d->history] != f->history)
            continue;
        f->uncertain += !f->names[d->name].uncertain;
        f->after_concurrent += !f->names[d->name].after_concurrent;
        f->names[d->name].uncertain = f->names[d->name].after_concurrent = true;
    }
}

static void meet(struct following *f, struct interaction *t) {
    const struct name_state *n = t->name >= 0 ? &f->names[t->name] : NULL;
    struct living l = living_at(f, t->now);

    t->before = (struct state){.scope_write = f->scope_write,
                               .name_write = n ? n->write : NO_WRITE,
                               .name_effect = n ? n->effect : NO_WRITE,
                               .expired = n && n->effect >= 0 && n->expires &&
                                          n->expires <= t->now,
                               .living = l.sum};
    t->before.ended = !n ? l.ended : t->before.expired ? n->expires : 0;
    set_doubt(t, DOUBT_AFTER_CONCURRENT,
              n ? n->after_concurrent : f->after_concurrent > 0);
    set_doubt(t, DOUBT_STATE, n ? n->uncertain : f->uncertain > 0);
    if (t->key.op != API_LIST || !t->succeeded)
        return;
    set_doubt(t, DOUBT_LIST_ORDER, f->concurrent_other > 1);
    set_doubt(t, DOUBT_UNEXPLAINED, f->unexplained > 0);
    if (has_doubt(t, DOUBT_CONCURRENT) && !has_doubt(t, DOUBT_UNEXPLAINED) &&
        !f->uncertain)
        view_list(f, t);
    else
        set_doubt(t, DOUBT_UNORDERED,
                  has_doubt(t, DOUBT_CONCURRENT) && !has_doubt(t, DOUBT_UNEXPLAINED));
}

/* Count or uncount the set that made its present value. */
static void count(struct following *f, const struct interaction *t, int sign) {
    const struct name_state *n = &f->names[t->name];

    if (n->effect < 0)
        return;
    f->concurrent_other += (size_t)(sign * n->concurrent_other);
    if (n->expires)
        return;
    f->immortal += (uint64_t)sign * state_mix_living(t->name, n->effect);
    f->immortals += (size_t)sign;
}

static void take_effect(struct following *f, int interaction) {
    struct interaction *t = &f->s->interactions[interaction];
    struct name_state *n = &f->names[t->name];
    bool set = t->key.op == API_SET;

    t->made = n->effect >= 0 && !t->before.expired ? f->s->interactions[n->effect].made
                                                   : interaction;
    count(f, t, -1);
    n->effect = set ? interaction : NO_WRITE;
    n->expires = set ? t->expires : 0;
    n->concurrent_other = set && has_doubt(t, DOUBT_OTHER_SECRET);
    count(f, t, 1);
    if (n->expires && !n->mortal) {
        n->mortal = true;
        f->mortal[f->mortals++] = t->name;
    }
}

static void trace_interaction(struct following *f, int interaction) {
    struct interaction *t = &f->s->interactions[interaction];
    struct name_state *n = t->name >= 0 ? &f->names[t->name] : NULL;
    bool effective = t->succeeded && !t->repeated;

    take_unknown_outcomes(f, interaction);
    meet(f, t);
    t->done = true;
    if (!interaction_writes(t))
        return;
    f->scope_write = interaction;
    if (!n)
        return;
    n->write = interaction;
    f->uncertain += (size_t)has_doubt(t, DOUBT_UNORDERED) - (size_t)n->uncertain;
    n->uncertain = has_doubt(t, DOUBT_UNORDERED);
    f->after_concurrent +=
        (size_t)has_doubt(t, DOUBT_CONCURRENT) - (size_t)n->after_concurrent;
    n->after_concurrent = has_doubt(t, DOUBT_CONCURRENT);
    if (has_doubt(t, DOUBT_SAME_SECRET) || effective) {
        bool unexplained =
            has_doubt(t, DOUBT_UNEXPLAINED) && has_doubt(t, DOUBT_SAME_SECRET);

        f->unexplained += (size_t)unexplained - (size_t)n->unexplained;
        n->unexplained = unexplained;
    }
    if (effective)
        take_effect(f, interaction);
}

/* How often the same was asked before each. */
static void count_turns(struct histories *s, const struct history *history) {
    json_t *counts = json_object();

    for (size_t i = 0; i < history->count; i++) {
        struct interaction *t = &s->interactions[history->interactions[i]];
        char *key = history_turn_key(t->key.fingerprint, t->name);

        t->turn = (int)json_integer_value(json_object_get(counts, key));
        json_object_set_new_nocheck(counts, key, json_integer(t->turn + 1));
        free(key);
    }
    json_decref(counts);
}

void state_trace(struct histories *s, struct history *history) {
    int *order = concurrency_order(s, history);
    struct following f = {.s = s,
                          .history = history,
                          .names = mem_new(history->name_count + 1, sizeof(*f.names)),
                          .mortal = mem_new(history->name_count + 1, sizeof(*f.mortal)),
                          .scope_write = NO_WRITE};

    for (size_t i = 0; i < history->name_count; i++)
        f.names[i].write = f.names[i].effect = NO_WRITE;
    for (size_t i = 0; i < history->count; i++) {
        const struct recorded *x = s->interactions[history->interactions[i]].x;

        if (x->ended_us - x->began_us > f.longest_us)
            f.longest_us = x->ended_us - x->began_us;
    }
    for (size_t i = 0; i < history->count; i++)
        trace_interaction(&f, order[i]);
    for (size_t i = 0; i < history->count; i++)
        history->unexplained =
            history->unexplained ||
            has_doubt(&s->interactions[history->interactions[i]], DOUBT_UNEXPLAINED);
    if (history->unexplained)
        count_turns(s, history);
    free(order);
    free(f.names);
    free(f.mortal);
}
