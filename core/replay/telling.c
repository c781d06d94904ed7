#include "core/replay/telling.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

void tellings_init(struct tellings *t, const struct stories *stories, uint64_t seed) {
    *t = (struct tellings){.stories = stories,
                           .index = json_object(),
                           .told = mem_new(stories->story_count + 1, sizeof(*t->told)),
                           .tokens = json_object(),
                           .ids_here = json_object(),
                           .ids_there = json_object(),
                           .keys_here = json_object(),
                           .keys_there = json_object()};
    id_seed(&t->random, seed);
}

static void telling_free(struct telling *g) {
    for (size_t i = 0; i < g->name_count; i++) {
        free(g->names[i]->here);
        free(g->names[i]);
    }
    free(g->names);
    free(g->account);
    free(g->user);
    free(g->used);
    json_decref(g->name_index);
    json_decref(g->tokens);
    free(g);
}

void tellings_release(struct tellings *t) {
    for (size_t i = 0; i < t->count; i++)
        telling_free(t->items[i]);
    free(t->items);
    free(t->told);
    likeness_release(&t->likeness);
    json_decref(t->index);
    json_decref(t->tokens);
    json_decref(t->ids_here);
    json_decref(t->ids_there);
    json_decref(t->keys_here);
    json_decref(t->keys_there);
    memset(t, 0, sizeof(*t));
}

/* --- which story --- */

static bool open_story(const struct story *s, const char *account, bool live) {
    return s->user && *s->user && s->live == live && strcmp(s->account, account) == 0;
}

/* By name: the same user, or the same one after a swap that has worked before. */
static int story_by_swap(const struct tellings *t, const char *account, bool live,
                         const char *user) {
    int found = story_find(t->stories, account, live, user);

    for (size_t i = t->likeness.count; found < 0 && i-- > 0;) {
        char *there = likeness_apply(&t->likeness, i, user, false);

        if (there)
            found = story_find(t->stories, account, live, there);
        free(there);
    }
    return found;
}

/* One that begins with a request of this shape; such that are not told yet go first, of
 * these the nearest name, then the first. */
static int story_by_shape(const struct tellings *t, const char *account, bool live,
                          const struct asked *asked) {
    int best = -1, best_score = -1;

    for (size_t i = 0; i < t->stories->story_count; i++) {
        const struct story *s = &t->stories->items[i];
        int score;

        if (!open_story(s, account, live) ||
            strcmp(t->stories->tales[s->tales[0]].asked.shape, asked->shape) != 0)
            continue;
        score = likeness_score(asked->user, s->user) + (t->told[i] ? 0 : 10000);
        if (score > best_score) {
            best_score = score;
            best = (int)i;
        }
    }
    return best;
}

static int choose_story(struct tellings *t, const char *account, bool live,
                        const struct asked *asked) {
    const char *user = story_user(asked);
    int found;

    if (!user || !*user)
        return story_find(t->stories, account, live, user);
    found = story_by_swap(t, account, live, user);
    return found >= 0 ? found : story_by_shape(t, account, live, asked);
}

struct telling *telling_of(struct tellings *t, const char *account, bool live,
                           const struct asked *asked) {
    const char *user = story_user(asked);
    char *key =
        mem_printf("%s\n%d\n%s%s", account, live, user ? "=" : "", user ? user : "");
    json_t *known = json_object_get(t->index, key);
    struct telling *g;

    if (known) {
        free(key);
        return t->items[json_integer_value(known)];
    }
    g = mem_new(1, sizeof(*g));
    g->story = choose_story(t, account, live, asked);
    g->account = mem_strdup(account);
    g->user = mem_strdup(user);
    g->live = live;
    g->name_index = json_object();
    g->tokens = json_object();
    g->scope_write = NO_WRITE;
    if (g->story >= 0) {
        const struct story *s = &t->stories->items[g->story];

        g->again = t->told[g->story]++ > 0;
        g->used = mem_new(s->count + 1, 1);
        if (user && *user)
            likeness_learn(&t->likeness, user, s->user);
    }
    t->items = mem_grow(t->items, t->count + 1, sizeof(*t->items));
    json_object_set_new_nocheck(t->index, key, json_integer((json_int_t)t->count));
    t->items[t->count++] = g;
    free(key);
    return g;
}

/* --- which name --- */

static int name_by_swap(const struct tellings *t, const struct story *s,
                        const char *name) {
    int found = story_name_find(s, name);

    for (size_t i = t->likeness.count; found < 0 && i-- > 0;) {
        char *there = likeness_apply(&t->likeness, i, name, false);

        if (there)
            found = story_name_find(s, there);
        free(there);
    }
    return found;
}

static bool is_told(const struct telling *g, int there) {
    for (size_t i = 0; i < g->name_count; i++)
        if (g->names[i]->there == there)
            return true;
    return false;
}

static int name_by_shape(const struct tellings *t, const struct telling *g,
                         const struct story *s, const struct asked *asked) {
    int best = -1, best_score = -1;

    for (size_t i = 0; i < s->name_count; i++) {
        const struct tale *first = &t->stories->tales[s->names[i].first];
        int score;

        if (strcmp(first->asked.shape, asked->shape) != 0)
            continue;
        score = likeness_score(asked->name, s->names[i].text) +
                (is_told(g, (int)i) ? 0 : 10000);
        if (score > best_score) {
            best_score = score;
            best = (int)i;
        }
    }
    return best;
}

struct told_name *telling_name(struct tellings *t, struct telling *g,
                               const struct asked *asked) {
    json_t *known;
    struct told_name *n;

    if (!asked->name || !*asked->name)
        return NULL;
    if ((known = json_object_get(g->name_index, asked->name)))
        return g->names[json_integer_value(known)];
    n = mem_new(1, sizeof(*n));
    n->here = mem_strdup(asked->name);
    n->there = n->write = n->effect = NO_WRITE;
    if (g->story >= 0) {
        const struct story *s = &t->stories->items[g->story];

        n->there = name_by_swap(t, s, asked->name);
        if (n->there < 0)
            n->there = name_by_shape(t, g, s, asked);
        if (n->there >= 0)
            likeness_learn(&t->likeness, asked->name, s->names[n->there].text);
    }
    g->names = mem_grow(g->names, g->name_count + 1, sizeof(*g->names));
    json_object_set_new_nocheck(g->name_index, asked->name,
                                json_integer((json_int_t)g->name_count));
    g->names[g->name_count++] = n;
    return n;
}

/* --- ids --- */

char *telling_new_id(struct tellings *t, const char *like) {
    static const char digits[] = "0123456789", hex[] = "0123456789abcdef",
                      lower[] = "abcdefghijklmnopqrstuvwxyz0123456789",
                      mixed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789";
    const char *prefix = strrchr(like, '_'), *from = prefix ? prefix + 1 : like;
    const char *set = strspn(from, "0123456789-") == strlen(from)         ? digits
                      : strspn(from, "0123456789abcdef-") == strlen(from) ? hex
                      : strpbrk(from, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")       ? mixed
                                                                          : lower;
    char *id = mem_strdup(like);
    uint64_t random = 0, left = 0, count = strlen(set);

    for (char *p = id + (from - like); *p; p++) {
        if ((*p < '0' || *p > '9') && (*p < 'A' || *p > 'Z') && (*p < 'a' || *p > 'z'))
            continue;
        if (!left) { /* one number is good for several characters */
            random = id_next(&t->random);
            left = 8;
        }
        *p = set[random % count];
        random /= count;
        left--;
    }
    return id;
}

const char *telling_id(struct tellings *t, const struct telling *g, const char *there) {
    char *key =
        g->again ? mem_printf("%p %s", (const void *)g, there) : mem_strdup(there);
    json_t *known = json_object_get(t->ids_here, key);

    if (!known) {
        char *here = g->again ? telling_new_id(t, there) : mem_strdup(there);

        known = json_string(here);
        json_object_set_new_nocheck(t->ids_here, key, known);
        json_object_set_new_nocheck(t->ids_there, here, json_string(there));
        free(here);
    }
    free(key);
    return json_string_value(known);
}

/* --- where it stands --- */

bool told_expired(const struct told_name *n, int64_t now) {
    return n->alive && n->expires && n->expires <= now;
}

uint64_t telling_living(const struct telling *g, int64_t now) {
    uint64_t sum = 0;

    for (size_t i = 0; i < g->name_count; i++) {
        const struct told_name *n = g->names[i];

        if (n->effect != NO_WRITE && n->alive && !told_expired(n, now))
            sum += n->effect == FOREIGN_WRITE ? living_mix((int)i, FOREIGN_WRITE)
                                              : living_mix(n->there, n->effect);
    }
    return sum;
}
