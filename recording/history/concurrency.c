/* The interactions of one history come in. In which order they were done goes out, and
 * which of them no order explains. */
#include "recording/history/concurrency.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/linearize.h"
#include "core/mem.h"
#include "recording/history/list_view.h"
#include "recording/key_token.h"
#include "recording/redact/redactor.h"

enum { EXPIRY_S = 2, MAX_STEPS = 5000 };

/* Which exchanges of a history were under way together with a write of it. */
static void find_pairs(struct histories *s, const struct history *history) {
    for (size_t i = 0; i < history->count; i++) {
        struct interaction *t = &s->interactions[history->interactions[i]];

        /* arrivals are in order: those that came before it was answered follow */
        for (size_t k = i + 1; k < history->count; k++) {
            struct interaction *o = &s->interactions[history->interactions[k]];
            bool both = interaction_writes(o) && interaction_writes(t),
                 one = t->name == o->name;

            if (o->x->began_us >= t->x->ended_us)
                break;
            set_doubt(t, DOUBT_CONCURRENT,
                      has_doubt(t, DOUBT_CONCURRENT) || interaction_writes(o));
            set_doubt(o, DOUBT_CONCURRENT,
                      has_doubt(o, DOUBT_CONCURRENT) || interaction_writes(t));
            if (one && t->name >= 0 && (interaction_writes(t) || interaction_writes(o)))
                t->doubts |= DOUBT_SAME_SECRET, o->doubts |= DOUBT_SAME_SECRET;
            if (both && !one)
                t->doubts |= DOUBT_OTHER_SECRET, o->doubts |= DOUBT_OTHER_SECRET;
        }
    }
}

/* --- the answers about one secret --- */

struct dispute {
    struct histories *s;
    const char *name;        /* the secret's */
    const int *interactions; /* of it, by arrival */
    size_t count;
    json_t **bodies;  /* of `interactions`, as far as they were looked at */
    const int *lists; /* of the history, by arrival */
    size_t list_count;
    struct list_view *views;  /* of `lists`, as far as they were looked at */
    struct linearize_op *ops; /* those of a segment that tell something */
    size_t *which; /* their indices in `interactions`; from `count` on: of `lists` */
    bool *kept;    /* this set answered the id of another set: it replaced */
    size_t op_count;
    bool by_payload; /* compare payload and expiry only: ids are not reliable here */
};

static const struct interaction *interaction_at(const struct dispute *c, size_t at) {
    return &c->s->interactions[at < c->count ? c->interactions[at]
                                             : c->lists[at - c->count]];
}

static const struct list_view *view_at(const struct dispute *c, size_t list) {
    struct list_view *v = &c->views[list];

    if (!v->items)
        list_view_read(v, c->s, &c->s->interactions[c->lists[list]]);
    return v;
}

/* What was answered about the secret; of a list its item, or NULL. */
static const json_t *body_at(const struct dispute *c, size_t at) {
    if (at >= c->count)
        return json_object_get(view_at(c, at - c->count)->items, c->name);
    if (!c->bodies[at])
        c->bodies[at] = jsonx_body(&interaction_at(c, at)->x->response);
    return c->bodies[at];
}

static bool is_done_there(const struct interaction *t) {
    return interaction_writes(t) && t->succeeded && !t->repeated;
}

static bool by_extension(const struct interaction *t) {
    return key_token_role(t->key.credential) == API_UI_EXTENSION;
}

/* Does its answer say what stood, or what stands then? */
static bool shows_secret(const struct interaction *t) {
    return !t->repeated && t->key.op != API_OTHER &&
           (t->succeeded ||
            (t->x->response.status == 404 && !by_extension(t) && t->key.op != API_SET));
}

static bool may_be_over(const struct interaction *t, const struct interaction *set) {
    return set->expires && t->now + EXPIRY_S >= set->expires;
}

static bool same_member(const json_t *a, const json_t *b, const char *key) {
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

    x = json_is_null(x) ? NULL : x;
    y = json_is_null(y) ? NULL : y;
    return x == y || json_equal(x, y);
}

/* Is that payload what was sent, or may it be? As a number it is, too. */
static bool may_be_payload(const struct histories *s, const char *text,
                           const char *sent) {
    char *bare = text ? redactor_token_bare(text) : NULL;
    bool may =
        bare && sent && identity_compare(s->identity, bare, sent) != SAMENESS_DIFFERENT;

    free(bare);
    return may;
}

bool concurrency_shows(const struct histories *s, const json_t *secret,
                       const struct interaction *set, const json_t *made,
                       bool by_payload) {
    const json_t *payload = json_object_get(secret, "payload");

    if (payload && !json_is_null(payload) &&
        !may_be_payload(s, json_string_value(payload), set->key.payload))
        return false;
    return same_member(secret, made, "expires_at") &&
           (by_payload ||
            (same_member(secret, made, "id") && same_member(secret, made, "created")));
}

struct dispute_window { /* of lists, in microseconds */
    int64_t after;      /* no list began before this */
    int64_t began;      /* each ended after this */
    int64_t ended;      /* each began before this */
    int64_t before;     /* and ended before this */
};

/* The payload was asked for and is not there: no set explains that. */
static bool lacks_payload(const struct dispute *c, size_t at) {
    const struct interaction *t = interaction_at(c, at);

    return t->key.op != API_LIST && request_key_has(&t->key, "expand[]", "payload") &&
           !json_string_value(json_object_get(body_at(c, at), "payload"));
}

static bool shows(const struct dispute *c, size_t at, size_t set) {
    return !lacks_payload(c, at) &&
           concurrency_shows(c->s, body_at(c, at), interaction_at(c, set),
                             body_at(c, set), c->by_payload);
}

static bool reads(const struct interaction *t) {
    return t->key.op == API_LIST || t->key.op == API_FIND;
}

/* Does it show the secret? `200 null` does not. */
static bool shows_any(const struct dispute *c, size_t at) {
    const struct interaction *t = interaction_at(c, at);

    return t->succeeded && (!reads(t) || json_is_object(body_at(c, at)));
}

/* Does a find show what was there before the recording began? */
static bool shows_before(const struct dispute *c, size_t at) {
    for (size_t i = 0; i < c->op_count; i++)
        if (c->ops[i].kind == LINEARIZE_SETS && shows(c, at, (size_t)c->ops[i].value))
            return false;
    return true;
}

/* linearize_fits */
static bool fits(void *context, size_t op, int value) {
    const struct dispute *c = context;
    size_t at = c->which[op];
    bool set = c->ops[op].kind == LINEARIZE_SETS;
    const struct interaction *t = interaction_at(c, at);

    if (set) /* of what is there it keeps the id, if it is one that does */
        return value < 0 || !c->kept[op] || c->by_payload ||
               same_member(body_at(c, at), body_at(c, (size_t)value), "id");
    if (!shows_any(c, at))
        return value < 0 || may_be_over(t, interaction_at(c, (size_t)value));
    if (!reads(t) || value == LINEARIZE_NOTHING)
        return value != LINEARIZE_NOTHING;
    return value == LINEARIZE_ANYTHING ? shows_before(c, at)
                                       : shows(c, at, (size_t)value);
}

static void add_op(struct dispute *c, size_t at) {
    const struct interaction *t = interaction_at(c, at);
    enum linearize_kind kind = !is_done_there(t)      ? LINEARIZE_READS
                               : t->key.op == API_SET ? LINEARIZE_SETS
                                                      : LINEARIZE_REMOVES;

    c->which[c->op_count] = at;
    c->ops[c->op_count++] =
        (struct linearize_op){t->x->began_us, t->x->ended_us, kind, (int)at};
}

/* As they were done: later ones in the order are done later, and none before it came.
 */
static void apply(const struct dispute *c, const size_t *order) {
    int64_t point = INT64_MIN;
    size_t next = 0;

    for (size_t i = 0; i < c->op_count; i++) {
        size_t at = c->which[order[i]];
        int64_t began = c->ops[order[i]].began_us;
        struct interaction *t;

        point = began > point ? began : point;
        if (at >= c->count) /* a list is of many secrets */
            continue;
        t = &c->s->interactions[c->interactions[at]];
        t->point = point;
        while (c->which[next] >= c->count)
            next++;
        t->rank = (int)c->which[next++];
    }
}

/* Which sets gave one and the same id? */
static void find_kept(struct dispute *c) {
    json_t *ids = json_object();

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < c->op_count; i++) {
            const char *id = jsonx_string(body_at(c, c->which[i]), "id", "");
            json_t *known = json_object_get(ids, id);

            if (c->ops[i].kind != LINEARIZE_SETS)
                continue;
            if (pass == 0)
                json_object_set_new_nocheck(ids, id,
                                            known ? json_true() : json_false());
            c->kept[i] = pass == 1 && json_is_true(known);
        }
    json_decref(ids);
}

/* What stood before the recording began was nothing, if that explains them. */
static enum linearized find_order(struct dispute *c, int value, size_t *order) {
    enum linearized found = LINEARIZE_NONE;

    if (value == LINEARIZE_ANYTHING)
        found = linearize(c->ops, c->op_count, LINEARIZE_NOTHING, fits, c, MAX_STEPS,
                          order);
    if (found == LINEARIZE_NONE)
        found = linearize(c->ops, c->op_count, value, fits, c, MAX_STEPS, order);
    return found;
}

/* The last write before that one that was done; else itself. */
static size_t write_before(const struct dispute *c, size_t at) {
    for (size_t i = at; i-- > 0;)
        if (is_done_there(interaction_at(c, i)))
            return i;
    return at;
}

/* The lists that may show the dispute, or the writes on either side of it, and no
 * others: from `*list` on those that came until then. */
static void collect_lists(struct dispute *c, const struct dispute_window *w,
                          int64_t until, size_t *list) {
    for (; *list < c->list_count; (*list)++) {
        const struct recorded *x = interaction_at(c, c->count + *list)->x;

        if (x->began_us > until)
            return;
        if (x->began_us >= w->after && x->ended_us > w->began &&
            x->began_us < w->ended && x->ended_us <= w->before &&
            (view_at(c, *list)->complete || body_at(c, c->count + *list)))
            add_op(c, c->count + *list);
    }
}

/* What the answers from `from` to before `to` say of the secret, by arrival; `lists`:
 * those in lists as well. */
static void collect_ops(struct dispute *c, size_t from, size_t to, bool lists) {
    size_t first = lists ? write_before(c, from) : from,
           list = lists ? 0 : c->list_count;
    struct dispute_window w = {INT64_MIN, interaction_at(c, from)->x->began_us,
                               INT64_MAX, INT64_MAX};

    for (size_t i = 0; i < first; i++)
        if (interaction_writes(interaction_at(c, i)) &&
            interaction_at(c, i)->x->ended_us > w.after)
            w.after = interaction_at(c, i)->x->ended_us;
    if (to < c->count)
        w.ended = interaction_at(c, to)->x->ended_us;
    for (size_t i = to + 1; i < c->count && w.before == INT64_MAX; i++)
        if (interaction_writes(interaction_at(c, i)))
            w.before = interaction_at(c, i)->x->began_us;
    c->op_count = 0;
    for (size_t i = first; i <= to && i < c->count; i++) {
        if (i > first && i < from) /* depends on the earlier write only */
            continue;
        collect_lists(c, &w, interaction_at(c, i)->x->began_us, &list);
        if (shows_secret(interaction_at(c, i)) &&
            (i < to || lists || interaction_at(c, i)->key.op == API_DELETE))
            add_op(c, i);
    }
    collect_lists(c, &w, INT64_MAX, &list);
    find_kept(c);
}

/* What the answers are believed: all of them, else without the lists, else by payloads
 * alone: one of these may be what is wrong there. */
static const struct {
    bool lists, by_payload;
} ways[] = {{true, false}, {false, false}, {true, true}, {false, true}};

/* A dispute, from `from` to before `to`, that began with `value`; `known`: no write of
 * the secret has an outcome that nobody knows. */
static void order_segment(struct dispute *c, size_t from, size_t to, int value,
                          bool known) {
    size_t *order = mem_new(to - from + c->list_count + 2, sizeof(*order));
    enum linearized found = LINEARIZE_UNKNOWN;
    bool wider = write_before(c, from) < from; /* it is looked at, too, with lists */

    for (size_t i = 0; i < ARRAY_LEN(ways) && known && found != LINEARIZE_FOUND; i++) {
        if (ways[i].by_payload && found == LINEARIZE_UNKNOWN)
            break;
        collect_ops(c, from, to, ways[i].lists);
        c->by_payload = ways[i].by_payload;
        found =
            find_order(c, ways[i].lists && wider ? LINEARIZE_ANYTHING : value, order);
    }
    if (found == LINEARIZE_FOUND)
        apply(c, order);
    for (size_t i = from; i < to; i++) {
        struct interaction *t = &c->s->interactions[c->interactions[i]];

        set_doubt(t, DOUBT_UNEXPLAINED, found == LINEARIZE_NONE);
        set_doubt(t, DOUBT_UNORDERED,
                  found == LINEARIZE_UNKNOWN && has_doubt(t, DOUBT_SAME_SECRET));
    }
    if (found == LINEARIZE_NONE && to < c->count) /* it met what they left */
        c->s->interactions[c->interactions[to]].doubts |= DOUBT_UNEXPLAINED;
    free(order);
}

/* A dispute goes on until a write that nothing disputes. */
static void order_name(struct dispute *c, bool known) {
    int value = LINEARIZE_ANYTHING;

    for (size_t i = 0; i < c->count; i++) {
        const struct interaction *t = &c->s->interactions[c->interactions[i]];
        size_t to = i + 1;

        if (!has_doubt(t, DOUBT_SAME_SECRET)) {
            if (is_done_there(t))
                value = t->key.op == API_SET ? (int)i : LINEARIZE_NOTHING;
            continue;
        }
        while (
            to < c->count &&
            (has_doubt(&c->s->interactions[c->interactions[to]], DOUBT_SAME_SECRET) ||
             !is_done_there(&c->s->interactions[c->interactions[to]])))
            to++;
        order_segment(c, i, to, value, known);
        value = LINEARIZE_ANYTHING; /* what follows is a write, or the end */
        i = to - 1;
    }
    for (size_t i = 0; i < c->count; i++) {
        json_decref(c->bodies[i]);
        c->bodies[i] = NULL;
    }
}

static bool in_doubt(const struct histories *s, const struct history *history,
                     int name) {
    for (size_t i = 0; i < s->unknown_count; i++)
        if (&s->items[s->unknown[i].history] == history && s->unknown[i].name == name)
            return true;
    return false;
}

/* The interactions of each secret together: `first` has where a secret's begin. */
static int *by_name(struct histories *s, const struct history *history, size_t *first) {
    int *interactions = mem_new(history->count + 1, sizeof(*interactions));
    size_t *next = mem_new(history->name_count + 1, sizeof(*next));

    for (size_t i = 0; i < history->count; i++)
        if (s->interactions[history->interactions[i]].name >= 0)
            first[s->interactions[history->interactions[i]].name + 1]++;
    for (size_t i = 0; i < history->name_count; i++)
        next[i] = first[i + 1] += first[i];
    for (size_t i = history->name_count; i-- > 0;)
        next[i] = first[i];
    for (size_t i = 0; i < history->count; i++) {
        struct interaction *t = &s->interactions[history->interactions[i]];

        if (t->name < 0)
            continue;
        t->rank = (int)(next[t->name] - first[t->name]);
        interactions[next[t->name]++] = history->interactions[i];
    }
    free(next);
    return interactions;
}

/* Those whose answers tell of secrets; by arrival. */
static int *find_lists(const struct histories *s, const struct history *history,
                       size_t *count) {
    int *lists = mem_new(history->count + 1, sizeof(*lists));

    for (size_t i = 0; i < history->count; i++) {
        const struct interaction *t = &s->interactions[history->interactions[i]];

        if (t->key.op == API_LIST && t->succeeded && !t->repeated && !by_extension(t))
            lists[(*count)++] = history->interactions[i];
    }
    return lists;
}

void concurrency_find(struct histories *s, const struct history *history) {
    size_t *first = mem_new(history->name_count + 2, sizeof(*first)), list_count = 0;
    int *lists = find_lists(s, history, &list_count), *interactions;
    struct dispute c = {.s = s,
                        .lists = lists,
                        .list_count = list_count,
                        .views = mem_new(list_count + 1, sizeof(*c.views)),
                        .ops = mem_new(history->count + 1, sizeof(*c.ops)),
                        .which = mem_new(history->count + 1, sizeof(*c.which)),
                        .kept = mem_new(history->count + 1, sizeof(*c.kept)),
                        .bodies = mem_new(history->count + 1, sizeof(json_t *))};

    for (size_t i = 0; i < history->count; i++)
        s->interactions[history->interactions[i]].point =
            s->interactions[history->interactions[i]].x->began_us;
    find_pairs(s, history);
    interactions = by_name(s, history, first);
    for (size_t i = 0; i < history->name_count; i++) {
        bool any = false;

        c.name = history->names[i].text;
        c.interactions = interactions + first[i];
        c.count = first[i + 1] - first[i];
        for (size_t k = 0; k < c.count && !any; k++)
            any = has_doubt(&s->interactions[c.interactions[k]], DOUBT_SAME_SECRET);
        if (any)
            order_name(&c, !in_doubt(s, history, (int)i));
    }
    for (size_t i = 0; i < list_count; i++)
        list_view_release(&c.views[i]);
    free(interactions);
    free(first);
    free(lists);
    free(c.views);
    free(c.ops);
    free(c.which);
    free(c.kept);
    free(c.bodies);
}

/* --- the order of a history --- */

struct placed {
    int64_t point;
    int rank, interaction;
};

static int by_point(const void *a, const void *b) {
    const struct placed *x = a, *y = b;

    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->interaction < y->interaction ? -1 : x->interaction > y->interaction;
}

int *concurrency_order(const struct histories *s, const struct history *history) {
    struct placed *all = mem_new(history->count + 1, sizeof(*all));
    int *order = mem_new(history->count + 1, sizeof(*order));
    bool disputed = false;

    for (size_t i = 0; i < history->count; i++) {
        const struct interaction *t = &s->interactions[history->interactions[i]];

        all[i] = (struct placed){t->point, t->rank, history->interactions[i]};
        disputed = disputed || has_doubt(t, DOUBT_SAME_SECRET);
    }
    if (disputed) /* else as they came */
        qsort(all, history->count, sizeof(*all), by_point);
    for (size_t i = 0; i < history->count; i++)
        order[i] = all[i].interaction;
    free(all);
    return order;
}
