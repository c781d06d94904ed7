#include "core/replay/listed.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/replay/names.h"
#include "core/replay/parts.h"

enum { ORDERS = LISTED_ID + 1, ENOUGH = 3 };

/* --- there --- */

/* What the secrets of one story live by, as the tales go on. */
struct standing {
    const struct stories *s;
    const struct story *story;
    int *effects;
};

/* How often neighbours in a list went up and down, by each order. */
struct tally {
    size_t up[ORDERS], down[ORDERS];
};

struct listed_item {
    int made, set; /* NO_WRITE = not known */
    const char *name, *id;
};

static struct listed_item item_of(const struct standing *now, const json_t *item) {
    const char *text = jsonx_string(item, "name", "");
    char *plain = names_plain(now->s->plain_names, text);
    int name = story_name_find(now->story, plain ? plain : text);
    int effect = name >= 0 ? now->effects[name] : NO_WRITE;

    free(plain);
    return (struct listed_item){.made =
                                    effect >= 0 ? now->s->tales[effect].made : NO_WRITE,
                                .set = effect,
                                .name = strstr(text, "payload:") ? NULL : text,
                                .id = jsonx_string(item, "id", NULL)};
}

static void count(struct tally *t, enum listed_by by, int compared) {
    t->up[by] += compared < 0;
    t->down[by] += compared > 0;
}

static void compare(struct tally *t, const struct listed_item *a,
                    const struct listed_item *b) {
    if (a->set >= 0 && b->set >= 0) {
        count(t, LISTED_MADE, a->made - b->made);
        count(t, LISTED_SET, a->set - b->set);
    }
    if (a->name && b->name)
        count(t, LISTED_NAME, strcmp(a->name, b->name));
    if (a->id && b->id)
        count(t, LISTED_ID, strcmp(a->id, b->id));
}

static void look_at(struct tally *t, const struct standing *now,
                    const struct tale *list) {
    json_t *body = jsonx_body(&list->x->response);
    const json_t *data = json_object_get(body, "data");

    for (size_t i = 1; i < json_array_size(data); i++) {
        struct listed_item a = item_of(now, json_array_get(data, i - 1)),
                           b = item_of(now, json_array_get(data, i));

        compare(t, &a, &b);
    }
    json_decref(body);
}

static void look_through(struct tally *t, const struct stories *s,
                         const struct story *story) {
    struct standing now = {s, story,
                           mem_new(story->name_count + 1, sizeof(*now.effects))};

    for (size_t i = 0; i < story->name_count; i++)
        now.effects[i] = NO_WRITE;
    for (size_t i = 0; i < story->count; i++) {
        const struct tale *tale = &s->tales[story->tales[i]];

        if (!tale->works)
            continue;
        if (tale->asked.op == ASKED_LIST && !tale->overlaps && !tale->unsettled &&
            !tale->shuffled && !tale->wild)
            look_at(t, &now, tale);
        else if (tale_writes(tale) && tale->name >= 0 && !tale->repeated)
            now.effects[tale->name] =
                tale->asked.op == ASKED_SET ? story->tales[i] : NO_WRITE;
    }
    free(now.effects);
}

static bool holds(const struct tally *t, enum listed_by by) {
    return !t->up[by] != !t->down[by] &&
           (by <= LISTED_SET || t->up[by] + t->down[by] >= ENOUGH);
}

struct listed listed_learn(const struct stories *s) {
    struct tally t = {.up = {0}};

    for (size_t i = 0; i < s->story_count; i++)
        look_through(&t, s, &s->items[i]);
    for (int by = LISTED_MADE; by < ORDERS; by++)
        if (holds(&t, (enum listed_by)by))
            return (struct listed){(enum listed_by)by, t.up[by] > 0,
                                   by == LISTED_MADE && holds(&t, LISTED_SET)};
    return (struct listed){LISTED_UNKNOWN, false, false};
}

const char *listed_text(const struct listed *l) {
    static const char *const texts[ORDERS][2] = {{NULL, NULL},
                                                 {"newest first", "oldest first"},
                                                 {"last set first", "last set last"},
                                                 {"by name, backwards", "by name"},
                                                 {"by id, backwards", "by id"}};

    return texts[l->by][l->up];
}

/* --- here --- */

struct rank {
    int there; /* a tale or, by name, 0 */
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

static struct rank rank_of(const struct asking *q, const struct told_name *n) {
    const struct stories *s = q->r->stories;
    const struct tale *set = &s->tales[n->effect];

    switch (s->listed.by) {
    case LISTED_MADE:
        return (struct rank){set->made, n->made, "", ""};
    case LISTED_SET:
        return (struct rank){n->effect, n->set, "", ""};
    default:
        return (struct rank){0, 0, s->items[q->telling->story].names[n->there].text,
                             n->here};
    }
}

bool listed_otherwise(const struct asking *q) {
    const struct telling *g = q->telling;
    enum listed_by by = q->r->stories->listed.by;
    struct rank *ranks;
    size_t count = 0;
    bool otherwise = false;

    if (by == LISTED_ID)
        return g->again; /* its ids are new ones */
    if (by == LISTED_UNKNOWN || g->story < 0 ||
        !(by == LISTED_NAME ? g->renamed : g->jumbled))
        return false;
    ranks = mem_new(g->name_count + 1, sizeof(*ranks));
    for (size_t i = 0; i < g->name_count; i++)
        if (g->names[i]->effect >= 0 && g->names[i]->there >= 0 &&
            !told_expired(g->names[i], q->now))
            ranks[count++] = rank_of(q, g->names[i]);
    qsort(ranks, count, sizeof(*ranks), by_there);
    for (size_t i = 1; i < count && !otherwise; i++)
        otherwise = is_after(&ranks[i - 1], &ranks[i]);
    free(ranks);
    return otherwise;
}
