/* Recorded answers about other resources come in. What their ids are here goes out. */
#include "replay/resource_ids.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

/* The ids that one answer created here, in the order of the recorded ones. */
struct id_group {
    int interaction;
    int64_t shift;
    char **here;
    size_t count;
    char **owners; /* the ids of the request, in the order of its pattern */
    size_t owner_count;
};

struct id_binding {
    const char *there; /* of the recording */
    int group;         /* -1 = none */
    char *name_there, *name_here;
};

struct resource_ids {
    const struct histories *histories;
    const struct resource_calls *calls;
    struct resources *states; /* of each history */
    struct id_group *groups;
    size_t group_count;
    struct id_binding *bindings;
    size_t binding_count;
    json_t *by_here;  /* id -> binding */
    json_t *by_there; /* recorded id -> the id that stands for it, the last one */
    json_t *turns;
};

/* --- pairs --- */

const struct resource_pair *resource_pairs_find(const struct resource_pairs *p,
                                                const char *there, bool is_name) {
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].is_name == is_name && strcmp(p->items[i].there, there) == 0)
            return &p->items[i];
    return NULL;
}

static struct resource_pair *add_pair(struct resource_pairs *p, const char *there,
                                      const char *here) {
    p->items = mem_grow(p->items, p->count + 1, sizeof(*p->items));
    p->items[p->count] =
        (struct resource_pair){.there = mem_strdup(there), .here = mem_strdup(here)};
    return &p->items[p->count++];
}

void resource_pairs_swap(const struct resource_pairs *p, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = *text; *at;) {
        const struct resource_pair *pair = NULL;
        size_t n = 0;

        while (str_is_word_char(at[n]))
            n++;
        for (size_t i = 0; n && i < p->count && !pair; i++)
            if (!p->items[i].is_name && strlen(p->items[i].there) == n &&
                memcmp(p->items[i].there, at, n) == 0)
                pair = &p->items[i];
        n = n ? n : 1;
        if (pair)
            buf_adds(&out, pair->here);
        else
            buf_add(&out, at, n);
        any = any || pair;
        at += n;
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}

void resource_pairs_release(struct resource_pairs *p) {
    for (size_t i = 0; i < p->count; i++) {
        free(p->items[i].there);
        free(p->items[i].here);
    }
    free(p->items);
    *p = (struct resource_pairs){0};
}

/* --- what is bound --- */

struct resource_ids *resource_ids_new(const struct histories *histories,
                                      const struct resource_calls *calls) {
    struct resource_ids *s = mem_new(1, sizeof(*s));

    s->histories = histories;
    s->calls = calls;
    s->states = mem_new(histories->history_count + 1, sizeof(*s->states));
    for (size_t i = 0; i < histories->history_count; i++)
        resources_init(&s->states[i]);
    s->by_here = json_object();
    s->by_there = json_object();
    s->turns = json_object();
    return s;
}

void resource_ids_free(struct resource_ids *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->histories->history_count; i++)
        resources_release(&s->states[i]);
    free(s->states);
    for (size_t i = 0; i < s->group_count; i++) {
        for (size_t k = 0; k < s->groups[i].count; k++)
            free(s->groups[i].here[k]);
        for (size_t k = 0; k < s->groups[i].owner_count; k++)
            free(s->groups[i].owners[k]);
        free(s->groups[i].here);
        free(s->groups[i].owners);
    }
    free(s->groups);
    for (size_t i = 0; i < s->binding_count; i++) {
        free(s->bindings[i].name_there);
        free(s->bindings[i].name_here);
    }
    free(s->bindings);
    json_decref(s->by_here);
    json_decref(s->by_there);
    json_decref(s->turns);
    free(s);
}

static struct id_binding *binding_of(const struct resource_ids *s, const char *here) {
    const json_t *known = json_object_get(s->by_here, here);

    return known ? &s->bindings[json_integer_value(known)] : NULL;
}

static struct id_binding *bind(struct resource_ids *s, const char *here,
                               const char *there, int group) {
    struct id_binding *b = binding_of(s, here);

    if (!b) {
        s->bindings = mem_grow(s->bindings, s->binding_count + 1, sizeof(*s->bindings));
        json_object_set_new_nocheck(s->by_here, here,
                                    json_integer((json_int_t)s->binding_count));
        b = &s->bindings[s->binding_count++];
        *b = (struct id_binding){.group = group};
    }
    /* the text that the recording owns, which outlives us */
    b->there =
        json_object_iter_key(json_object_iter_at((json_t *)s->calls->ids, there));
    json_object_set_new_nocheck(s->by_there, there, json_string_nocheck(here));
    return b;
}

bool resource_ids_known(const void *ids, const char *id, size_t len) {
    const struct resource_ids *s = ids;

    return json_object_getn(s->by_here, id, len) ||
           json_object_getn(s->calls->ids, id, len);
}

const char *resource_ids_there(const struct resource_ids *s, const char *here) {
    const struct id_binding *b = binding_of(s, here);

    return b && b->there ? b->there : here;
}

struct resources *resource_ids_states(struct resource_ids *s, int history) {
    return &s->states[history];
}

size_t resource_ids_turn(struct resource_ids *s, const char *text) {
    json_int_t turn = json_integer_value(json_object_get(s->turns, text));

    json_object_set_new_nocheck(s->turns, text, json_integer(turn + 1));
    return (size_t)turn;
}

/* --- one answer --- */

struct pairing {
    struct resource_ids *s;
    const struct resource_pairing *g;
    const struct resource_call *call;
    struct resource_pairs *out;
    size_t anchors; /* so many pairs are what the request and the list themselves say */
};

static void add_bound(const struct pairing *p, const char *there, const char *here) {
    const struct id_binding *b = binding_of(p->s, here);
    struct resource_pair *pair;

    if (resource_pairs_find(p->out, there, false))
        return;
    pair = add_pair(p->out, there, here);
    if (b && b->group >= 0) {
        pair->born = true;
        pair->shift = p->s->groups[b->group].shift;
    }
}

/* The name that the object has here; of one that stands for another, that one's too. */
static void add_names(const struct pairing *p, const char *there, const char *here) {
    const struct id_binding *b = binding_of(p->s, here);
    size_t place;
    int origin = resource_calls_origin(p->s->calls, there, &place);
    const char *made =
        origin >= 0 ? p->s->histories->interactions[origin].key.name : NULL;

    if (!b || !b->name_here)
        return;
    if (b->name_there)
        add_pair(p->out, b->name_there, b->name_here)->is_name = true;
    if (made && (!b->name_there || strcmp(made, b->name_there) != 0))
        add_pair(p->out, made, b->name_here)->is_name = true;
}

static void pair_request(const struct pairing *p) {
    for (size_t i = 0; i < p->call->request.count && i < p->g->here->count; i++) {
        add_bound(p, p->call->met[i].id, p->g->here->ids[i]);
        add_names(p, p->call->met[i].id, p->g->here->ids[i]);
    }
}

/* --- what it creates --- */

/* It has the name that the request gave it. */
static void name_binding(struct id_binding *b, const struct resource_pairing *g) {
    if (!g->interaction->key.name || !g->name)
        return;
    free(b->name_there);
    free(b->name_here);
    b->name_there = mem_strdup(g->interaction->key.name);
    b->name_here = mem_strdup(g->name);
}

static void pair_fresh(const struct pairing *p) {
    struct resource_ids *s = p->s;
    const struct resource_pairing *g = p->g;
    struct id_group group = {.interaction =
                                 (int)(g->interaction - s->histories->interactions),
                             .shift = g->now - g->interaction->now};

    if (!p->call->fresh_count)
        return;
    s->groups = mem_grow(s->groups, s->group_count + 1, sizeof(*s->groups));
    group.here = mem_new(p->call->fresh_count, sizeof(char *));
    group.owners = mem_new(g->here->count + 1, sizeof(char *));
    for (size_t i = 0; i < g->here->count; i++)
        group.owners[group.owner_count++] = mem_strdup(g->here->ids[i]);
    for (size_t i = 0; i < p->call->fresh_count; i++) {
        const char *there = p->call->fresh[i];
        char *here = json_object_get(s->by_there, there)
                         ? session_new_id(g->sessions, there)
                         : mem_strdup(there);
        struct id_binding *b = bind(s, here, there, (int)s->group_count);

        name_binding(b, g);
        group.here[group.count++] = here;
    }
    s->groups[s->group_count++] = group;
    for (size_t i = 0; i < group.count; i++)
        add_bound(p, p->call->fresh[i], group.here[i]);
}

/* An object that is written to with a name has that one from now on. */
static void rename_written(const struct pairing *p) {
    const struct resource_request *q = p->g->here;
    struct id_binding *b = q->names_one && q->writes && p->g->name
                               ? binding_of(p->s, q->ids[q->in_path - 1])
                               : NULL;

    if (b)
        name_binding(b, p->g);
}

/* --- what a list has --- */

/* How many of the listed objects in the same state were made before it. */
static size_t rank_of(const struct pairing *p, size_t item) {
    const struct resource *r = &p->call->listed[item];
    size_t rank = 0, place;
    int origin = resource_calls_origin(p->s->calls, r->id, &place);

    for (size_t i = 0; i < p->call->listed_count; i++)
        rank +=
            p->call->listed[i].state == r->state &&
            resource_calls_origin(p->s->calls, p->call->listed[i].id, &place) < origin;
    return rank;
}

/* Was it made for the objects that the list is asked of, as that one there was? */
static bool has_owners(const struct pairing *p, const char *there, const char *here) {
    const struct id_binding *b = binding_of(p->s, here);
    const struct id_group *group = b && b->group >= 0 ? &p->s->groups[b->group] : NULL;
    size_t place;
    int origin = resource_calls_origin(p->s->calls, there, &place);
    const struct resource_request *made =
        origin >= 0 ? &p->s->calls->items[origin]->request : NULL;

    for (size_t i = 0; made && group && i < made->count && i < group->owner_count; i++)
        for (size_t k = 0; k < p->call->request.count; k++)
            if (strcmp(made->ids[i], p->call->met[k].id) == 0 &&
                strcmp(group->owners[i], p->g->here->ids[k]) != 0)
                return false;
    return true;
}

static const char *listed_here(const struct pairing *p, size_t item) {
    const struct resources *states =
        resource_ids_states(p->s, p->g->interaction->history);
    size_t rank = rank_of(p, item);

    for (size_t i = 0; i < states->count; i++) {
        const struct resource *r = &states->items[i];

        if (!r->deleted && r->collection && r->state == p->call->listed[item].state &&
            has_owners(p, p->call->listed[item].id, r->id) && rank-- == 0)
            return r->id;
    }
    return NULL;
}

static void pair_listed(const struct pairing *p) {
    for (size_t i = 0; i < p->call->listed_count; i++) {
        const char *here = listed_here(p, i);

        if (here) {
            add_bound(p, p->call->listed[i].id, here);
            add_names(p, p->call->listed[i].id, here);
        }
    }
}

/* --- the other ids of the answer --- */

/* The id that came with `here` as `there` came with the other recorded one. */
static const char *beside(const struct resource_ids *s,
                          const struct resource_pair *pair, const char *there) {
    const struct id_binding *b = binding_of(s, pair->here);
    const struct id_group *group = b && b->group >= 0 ? &s->groups[b->group] : NULL;
    size_t place, other;
    int made = resource_calls_origin(s->calls, there, &place);

    if (!group || made < 0 ||
        made != resource_calls_origin(s->calls, pair->there, &other) ||
        place >= group->count ||
        strcmp(s->calls->items[made]->request.pattern,
               s->calls->items[group->interaction]->request.pattern) != 0)
        return NULL;
    return group->here[place];
}

static void pair_text(void *context, const char *there) {
    const struct pairing *p = context;
    const char *here = NULL;

    if (!json_object_get(p->s->calls->ids, there) ||
        resource_pairs_find(p->out, there, false))
        return;
    for (size_t i = 0; i < p->anchors && !here; i++)
        if (!p->out->items[i].is_name)
            here = beside(p->s, &p->out->items[i], there);
    if (!here)
        here = json_string_value(json_object_get(p->s->by_there, there));
    if (here)
        add_bound(p, there, here);
}

static void pair_others(struct pairing *p) {
    json_t *body = jsonx_body(&p->g->interaction->x->response);

    p->anchors = p->out->count;
    resource_texts(body, pair_text, p);
    json_decref(body);
}

static const struct resource_call *call_of(const struct resource_ids *s,
                                           const struct interaction *t) {
    return s->calls->items[t - s->histories->interactions];
}

void resource_ids_pair(struct resource_ids *s, const struct resource_pairing *g,
                       struct resource_pairs *out) {
    struct pairing p = {s, g, call_of(s, g->interaction), out, 0};

    pair_request(&p);
    if (g->interaction->succeeded)
        rename_written(&p);
    pair_fresh(&p);
    pair_listed(&p);
    pair_others(&p);
}

void resource_ids_pair_shown(struct resource_ids *s, const struct resource_pairing *g,
                             const char *id, struct resource_pairs *out) {
    struct pairing p = {s, g, call_of(s, g->interaction), out, 0};

    add_bound(&p, p.call->shows, id);
    add_names(&p, p.call->shows, id);
    pair_others(&p);
}
