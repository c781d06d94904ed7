#include "core/replay/follow.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/replay/overlaps.h"
#include "core/replay/view.h"

enum { EXPIRY_S = 2 };

struct name_state {
    int write, effect;
    bool guessed; /* by a write whose place or outcome is not known */
    bool loose;   /* by one that overlapped any other, or so */
    bool wild;    /* by one that no order explains */
    bool beside;  /* by one that overlapped one of another secret */
    bool mortal;  /* it is in that list */
    int64_t expires;
};

struct following {
    struct stories *s;
    const struct story *story;
    struct name_state *names;
    int *mortal; /* those that ever had an end */
    size_t mortals, guesses, loose, wilds, besides, next_doubt;
    uint64_t immortal; /* the sum of those that never expire */
    size_t immortals;
    int scope_write;
    int64_t longest_us; /* took the slowest of its exchanges */
};

uint64_t living_mix(int name, int effect) {
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
    l->sum += living_mix(name, effect);
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
    const struct tale *t;
    struct view list;
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
    return f->s->tales[f->story->tales[position]].x->began_us;
}

static void find_disputed(struct viewing *v) {
    const struct story *story = v->f->story;
    const struct recorded *x = v->t->x;

    size_t i = (size_t)v->t->position;

    while (i > 0 && began_at(v->f, i - 1) + v->f->longest_us > x->began_us)
        i--;
    for (; i < story->count && began_at(v->f, i) < x->ended_us; i++) {
        int tale = story->tales[i];
        const struct tale *o = &v->f->s->tales[tale];

        if (!tale_writes(o) || !o->works || o->repeated || o->name < 0 ||
            o->x->ended_us <= x->began_us)
            continue;
        add_effect(v, o->name, o->asked.op == ASKED_SET ? tale : NO_WRITE);
        if (o->done) /* in the order that was found */
            add_effect(v, o->name, o->before.name_effect);
    }
}

/* Does the list show the secret as it was by that? */
static bool explains(const struct viewing *v, int name, int effect) {
    const json_t *item = json_object_get(v->list.items, v->f->story->names[name].text);
    const struct tale *set = effect >= 0 ? &v->f->s->tales[effect] : NULL;
    json_t *made;
    bool same;

    if (!item)
        return !set || !v->list.complete || set->expires;
    if (!set)
        return false;
    made = jsonx_body(&set->x->response);
    same = overlaps_shows(item, set, made, false);
    json_decref(made);
    return same;
}

static bool lives(const struct viewing *v, int effect) {
    const struct tale *set = effect >= 0 ? &v->f->s->tales[effect] : NULL;

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
        v->living.sum -= living_mix(d->name, d->effects[0]);
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
        int name = story_name_find(v->f->story, text);
        const struct name_state *n = name >= 0 ? &v->f->names[name] : NULL;

        if (!n || (n->write == NO_WRITE && !is_disputed(v, name)))
            continue; /* of before the recording */
        if (n->effect < 0 && !is_disputed(v, name))
            return false;
        shown++;
    }
    return !v->list.complete || v->living.ending || shown == v->living.count;
}

static void view_list(const struct following *f, struct tale *t) {
    struct viewing v = {.f = f, .t = t, .living = living_at(f, t->now)};
    uint64_t sum = v.living.sum;

    find_disputed(&v);
    view_read(&v.list, f->s, t);
    t->wild = v.list.twice;
    for (size_t i = 0; i < v.disputed_count && !t->wild; i++)
        t->wild = !take_disputed(&v, &v.disputed[i]);
    t->wild = t->wild || !shows_others(&v);
    t->before.living = t->wild ? sum : v.living.sum;
    view_release(&v.list);
    free(v.disputed);
}

/* --- one after the other --- */

static void doubt(struct following *f, int before) {
    for (; f->next_doubt < f->s->doubt_count; f->next_doubt++) {
        const struct doubt *d = &f->s->doubts[f->next_doubt];

        if (d->tale > before)
            return;
        if (&f->s->items[d->story] != f->story)
            continue;
        f->guesses += !f->names[d->name].guessed;
        f->loose += !f->names[d->name].loose;
        f->names[d->name].guessed = f->names[d->name].loose = true;
    }
}

static void meet(struct following *f, struct tale *t) {
    const struct name_state *n = t->name >= 0 ? &f->names[t->name] : NULL;
    struct living l = living_at(f, t->now);

    t->before = (struct state){.scope_write = f->scope_write,
                               .name_write = n ? n->write : NO_WRITE,
                               .name_effect = n ? n->effect : NO_WRITE,
                               .expired = n && n->effect >= 0 && n->expires &&
                                          n->expires <= t->now,
                               .living = l.sum};
    t->before.ended = !n ? l.ended : t->before.expired ? n->expires : 0;
    t->unsettled = n ? n->loose : f->loose > 0;
    t->guess = n ? n->guessed : f->guesses > 0;
    if (t->asked.op != ASKED_LIST || !t->works)
        return;
    t->shuffled = f->besides > 1;
    t->wild = f->wilds > 0;
    if (t->overlaps && !t->wild && !f->guesses)
        view_list(f, t);
    else
        t->undecided = t->overlaps && !t->wild;
}

/* Count or uncount what a secret lives by. */
static void count(struct following *f, const struct tale *t, int sign) {
    const struct name_state *n = &f->names[t->name];

    if (n->effect < 0)
        return;
    f->besides += (size_t)(sign * n->beside);
    if (n->expires)
        return;
    f->immortal += (uint64_t)sign * living_mix(t->name, n->effect);
    f->immortals += (size_t)sign;
}

static void take_effect(struct following *f, int tale) {
    struct tale *t = &f->s->tales[tale];
    struct name_state *n = &f->names[t->name];
    bool set = t->asked.op == ASKED_SET;

    t->made = n->effect >= 0 && !t->before.expired ? f->s->tales[n->effect].made : tale;
    count(f, t, -1);
    n->effect = set ? tale : NO_WRITE;
    n->expires = set ? t->expires : 0;
    n->beside = set && t->beside;
    count(f, t, 1);
    if (n->expires && !n->mortal) {
        n->mortal = true;
        f->mortal[f->mortals++] = t->name;
    }
}

static void follow_tale_there(struct following *f, int tale) {
    struct tale *t = &f->s->tales[tale];
    struct name_state *n = t->name >= 0 ? &f->names[t->name] : NULL;
    bool effective = t->works && !t->repeated;

    doubt(f, tale);
    meet(f, t);
    t->done = true;
    if (!tale_writes(t))
        return;
    f->scope_write = tale;
    if (!n)
        return;
    n->write = tale;
    f->guesses += (size_t)t->undecided - (size_t)n->guessed;
    n->guessed = t->undecided;
    f->loose += (size_t)t->overlaps - (size_t)n->loose;
    n->loose = t->overlaps;
    if (t->contested || effective) {
        bool wild = t->wild && t->contested;

        f->wilds += (size_t)wild - (size_t)n->wild;
        n->wild = wild;
    }
    if (effective)
        take_effect(f, tale);
}

/* How often the same was asked before each. */
static void count_turns(struct stories *s, const struct story *story) {
    json_t *counts = json_object();

    for (size_t i = 0; i < story->count; i++) {
        struct tale *t = &s->tales[story->tales[i]];
        char *key = stories_alike(t->asked.shape, t->name);

        t->turn = (int)json_integer_value(json_object_get(counts, key));
        json_object_set_new_nocheck(counts, key, json_integer(t->turn + 1));
        free(key);
    }
    json_decref(counts);
}

void follow_story(struct stories *s, struct story *story) {
    int *order = overlaps_order(s, story);
    struct following f = {.s = s,
                          .story = story,
                          .names = mem_new(story->name_count + 1, sizeof(*f.names)),
                          .mortal = mem_new(story->name_count + 1, sizeof(*f.mortal)),
                          .scope_write = NO_WRITE};

    for (size_t i = 0; i < story->name_count; i++)
        f.names[i].write = f.names[i].effect = NO_WRITE;
    for (size_t i = 0; i < story->count; i++) {
        const struct recorded *x = s->tales[story->tales[i]].x;

        if (x->ended_us - x->began_us > f.longest_us)
            f.longest_us = x->ended_us - x->began_us;
    }
    for (size_t i = 0; i < story->count; i++)
        follow_tale_there(&f, order[i]);
    for (size_t i = 0; i < story->count; i++)
        story->wild = story->wild || s->tales[story->tales[i]].wild;
    if (story->wild)
        count_turns(s, story);
    free(order);
    free(f.names);
    free(f.mortal);
}
