/* The histories come in. Their ids go out, with those that more than one life or secret
 * has. */
#include "replay/load/id_reuse.h"

#include <stdlib.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/history/name_tokens.h"

enum { NO_LIFE = -1 };

struct sight { /* whose an id was where it was first seen */
    int history, name, life;
};

struct looking {
    const struct histories *s;
    struct sight *sights;
    size_t count;
    json_t *index; /* id -> sight */
    json_t *ids;   /* the result */
};

static void see(struct looking *l, const char *id, struct sight now) {
    json_t *known = json_object_get(l->index, id);
    struct sight *was;

    if (!known) {
        l->sights = mem_grow(l->sights, l->count + 1, sizeof(*l->sights));
        json_object_set_new_nocheck(l->index, id, json_integer((json_int_t)l->count));
        json_object_set_new_nocheck(l->ids, id, json_false());
        l->sights[l->count++] = now;
        return;
    }
    was = &l->sights[json_integer_value(known)];
    if (was->life == NO_LIFE)
        was->life = now.life;
    if (was->history != now.history || was->name != now.name)
        json_object_set_new_nocheck(l->ids, id, json_true());
    else if (now.life != NO_LIFE && was->life != now.life &&
             json_is_false(json_object_get(l->ids, id)))
        json_object_set_new_nocheck(l->ids, id, json_null());
}

static void look_at(struct looking *l, const struct interaction *t, int life) {
    json_t *body = jsonx_body(&t->x->response);
    const json_t *data = json_object_get(body, "data");
    const char *id = jsonx_string(body, "id", NULL);

    if (id && t->name >= 0)
        see(l, id, (struct sight){t->history, t->name, life});
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *item = json_array_get(data, i);
        const char *text = jsonx_string(item, "name", "");
        char *plain = name_tokens_plain(l->s->name_tokens, text);
        int name = history_name_find(&l->s->items[t->history], plain ? plain : text);

        free(plain);
        if (name >= 0 && (id = jsonx_string(item, "id", NULL)))
            see(l, id, (struct sight){t->history, name, NO_LIFE});
    }
    json_decref(body);
}

json_t *id_reuse_find(const struct histories *s) {
    struct looking l = {.s = s, .index = json_object(), .ids = json_object()};

    for (size_t i = 0; i < s->history_count; i++) {
        const struct history *history = &s->items[i];
        int *lives = mem_new(history->name_count + 1, sizeof(*lives));

        for (size_t k = 0; k < history->count; k++) {
            const struct interaction *t = &s->interactions[history->interactions[k]];
            bool there = t->before.name_effect >= 0 && !t->before.expired;

            if (t->name >= 0 && t->succeeded && !t->repeated && t->key.op == API_SET &&
                !there)
                lives[t->name] = history->interactions[k] + 1;
            if (t->succeeded)
                look_at(&l, t, t->name >= 0 ? lives[t->name] : NO_LIFE);
        }
        free(lives);
    }
    free(l.sights);
    json_decref(l.index);
    return l.ids;
}
