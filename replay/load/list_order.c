/* The lists of a recording come in. The order that none of them contradicts goes out.
 * */
#include "replay/load/list_order.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/history/history.h"
#include "recording/history/name_tokens.h"

enum { ORDERS = LIST_ORDER_ID + 1, ENOUGH = 3 };

/* What the secrets of one history live by, as the interactions go on. */
struct standing {
    const struct histories *s;
    const struct history *history;
    int *effects;
};

/* How often neighbours in a list went up and down, by each order. */
struct order_tally {
    size_t up[ORDERS], down[ORDERS];
};

struct listed_item {
    int made, set; /* NO_WRITE = not known */
    const char *name, *id;
};

static struct listed_item item_of(const struct standing *now, const json_t *item) {
    const char *text = jsonx_string(item, "name", "");
    char *plain = name_tokens_plain(now->s->name_tokens, text);
    int name = history_name_find(now->history, plain ? plain : text);
    int effect = name >= 0 ? now->effects[name] : NO_WRITE;

    free(plain);
    return (struct listed_item){.made = effect >= 0 ? now->s->interactions[effect].made
                                                    : NO_WRITE,
                                .set = effect,
                                .name = strstr(text, "payload:") ? NULL : text,
                                .id = jsonx_string(item, "id", NULL)};
}

static void count(struct order_tally *t, enum list_order_by by, int compared) {
    t->up[by] += compared < 0;
    t->down[by] += compared > 0;
}

static void compare(struct order_tally *t, const struct listed_item *a,
                    const struct listed_item *b) {
    if (a->set >= 0 && b->set >= 0) {
        count(t, LIST_ORDER_CREATED, a->made - b->made);
        count(t, LIST_ORDER_SET, a->set - b->set);
    }
    if (a->name && b->name)
        count(t, LIST_ORDER_NAME, strcmp(a->name, b->name));
    if (a->id && b->id)
        count(t, LIST_ORDER_ID, strcmp(a->id, b->id));
}

static void look_at(struct order_tally *t, const struct standing *now,
                    const struct interaction *list) {
    json_t *body = jsonx_body(&list->x->response);
    const json_t *data = json_object_get(body, "data");

    for (size_t i = 1; i < json_array_size(data); i++) {
        struct listed_item a = item_of(now, json_array_get(data, i - 1)),
                           b = item_of(now, json_array_get(data, i));

        compare(t, &a, &b);
    }
    json_decref(body);
}

static void look_through(struct order_tally *t, const struct histories *s,
                         const struct history *history) {
    struct standing now = {s, history,
                           mem_new(history->name_count + 1, sizeof(*now.effects))};

    for (size_t i = 0; i < history->name_count; i++)
        now.effects[i] = NO_WRITE;
    for (size_t i = 0; i < history->count; i++) {
        const struct interaction *interaction =
            &s->interactions[history->interactions[i]];

        if (!interaction->succeeded)
            continue;
        if (interaction->key.op == API_LIST &&
            !has_doubt(interaction, DOUBT_CONCURRENT | DOUBT_AFTER_CONCURRENT) &&
            !has_doubt(interaction, DOUBT_LIST_ORDER | DOUBT_UNEXPLAINED))
            look_at(t, &now, interaction);
        else if (interaction_writes(interaction) && interaction->name >= 0 &&
                 !interaction->repeated)
            now.effects[interaction->name] =
                interaction->key.op == API_SET ? history->interactions[i] : NO_WRITE;
    }
    free(now.effects);
}

static bool holds(const struct order_tally *t, enum list_order_by by) {
    return !t->up[by] != !t->down[by] &&
           (by <= LIST_ORDER_SET || t->up[by] + t->down[by] >= ENOUGH);
}

struct list_order list_order_learn(const struct histories *s) {
    struct order_tally t = {.up = {0}};

    for (size_t i = 0; i < s->history_count; i++)
        look_through(&t, s, &s->items[i]);
    for (int by = LIST_ORDER_CREATED; by < ORDERS; by++)
        if (holds(&t, (enum list_order_by)by))
            return (struct list_order){(enum list_order_by)by, t.up[by] > 0,
                                       by == LIST_ORDER_CREATED &&
                                           holds(&t, LIST_ORDER_SET)};
    return (struct list_order){LIST_ORDER_UNKNOWN, false, false};
}

const char *list_order_text(const struct list_order *l) {
    static const char *const texts[ORDERS][2] = {{NULL, NULL},
                                                 {"newest first", "oldest first"},
                                                 {"last set first", "last set last"},
                                                 {"by name, backwards", "by name"},
                                                 {"by id, backwards", "by id"}};

    return texts[l->by][l->up];
}
