/* Interactions come in with the keys as they stand in the recording. One key goes out
 * where two sessions most likely had the same, and a doubt on what may depend on that. */
#include "recording/history/presumed_keys.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "recording/key_token.h"

struct key_group { /* sessions whose keys can be compared */
    int id;
    const char *main_key; /* as it stands in the recording */
    json_int_t most;
    json_t *counts; /* key -> how often it was let in */
};

struct key_groups {
    struct key_group *items;
    size_t count;
};

static bool has_role(const char *key) {
    return key_token_role(key) != API_ROLES;
}

static bool let_in(const struct recorded *x) {
    return x->response.status && x->response.status != 401 && x->response.status != 403;
}

static struct key_group *group_for(struct key_groups *g, int id) {
    for (size_t i = 0; i < g->count; i++)
        if (g->items[i].id == id)
            return &g->items[i];
    g->items = mem_grow(g->items, g->count + 1, sizeof(*g->items));
    g->items[g->count] = (struct key_group){.id = id, .counts = json_object()};
    return &g->items[g->count++];
}

static void count_key(struct key_groups *g, int id, const char *key) {
    struct key_group *one = group_for(g, id);
    json_int_t n = json_integer_value(json_object_get(one->counts, key)) + 1;
    bool main = strcmp(key, "key:main") == 0,
         has_main = one->main_key && strcmp(one->main_key, "key:main") == 0;

    json_object_set_new_nocheck(one->counts, key, json_integer(n));
    if (main || (n > one->most && !has_main)) {
        one->most = n;
        one->main_key = key;
    }
}

static struct key_groups find_groups(const struct histories *s) {
    struct key_groups g = {0};

    for (size_t i = 0; i < s->count; i++) {
        const char *key = s->interactions[i].key.credential;

        if (key && let_in(s->interactions[i].x))
            count_key(&g, identity_group(s->identity, key), key);
    }
    return g;
}

/* Marks of two sessions may say that key:1 of one is key:main of the other. */
static void unite_known(const struct histories *s, json_t *names) {
    const char *token, *other;
    json_t *mark, *seen = json_object();

    json_object_foreach(s->recording->marks, token, mark) {
        other = json_string_value(json_object_get(seen, json_string_value(mark)));
        if (!other)
            json_object_set_new(seen, json_string_value(mark), json_string(token));
        else if (has_role(token) && !has_role(other))
            json_object_set_new(names, other, json_string(token));
        else if (!has_role(token))
            json_object_set_new(names, token, json_string(other));
    }
    json_decref(seen);
}

static void unite_presumed(const struct histories *s, const struct key_groups *g,
                           json_t *names) {
    const char *first = g->count ? g->items[0].main_key : NULL;

    for (size_t i = 1; first && i < g->count; i++) {
        const char *key = g->items[i].main_key;

        if (identity_compare(s->identity, first, key) != SAMENESS_UNKNOWN ||
            key_token_is_live(first) != key_token_is_live(key))
            continue;
        if (!has_role(key)) {
            json_object_set_new(names, key, json_string(first));
        } else if (!has_role(first)) {
            json_object_set_new(names, first, json_string(key));
            first = key;
        }
    }
}

/* A name may lead to another one; a circle cannot be. */
static const char *name_of(const json_t *names, const char *key) {
    for (size_t i = 0; i <= json_object_size(names); i++) {
        const char *other = json_string_value(json_object_get(names, key));

        if (!other)
            break;
        key = other;
    }
    return key;
}

void presumed_keys_unite(struct histories *s) {
    json_t *names = json_object();
    struct key_groups g;

    if (s->recording->session_count > 1) {
        unite_known(s, names);
        g = find_groups(s);
        unite_presumed(s, &g, names);
        for (size_t i = 0; i < g.count; i++)
            json_decref(g.items[i].counts);
        s->keys_are_apart = g.count > 1;
        free(g.items);
    }
    for (size_t i = 0; json_object_size(names) && i < s->count; i++) {
        char **key = &s->interactions[i].key.credential;
        const char *name = *key ? name_of(names, *key) : NULL;

        s->interactions[i].recorded_key = mem_strdup(*key);
        if (name && strcmp(name, *key) != 0) {
            free(*key);
            *key = mem_strdup(name);
        }
    }
    json_decref(names);
}

/* --- doubt --- */

static const char *recorded_key(const struct interaction *t) {
    return t->recorded_key ? t->recorded_key : t->key.credential;
}

/* May one of these keys, which wrote there, be this one, or not? */
static bool may_be_one(const struct histories *s, const json_t *writers,
                       const char *key) {
    const char *other;
    json_t *unused;

    json_object_foreach((json_t *)(uintptr_t)writers, other, unused)
        if (identity_compare(s->identity, other, key) == SAMENESS_UNKNOWN)
            return true;
    return false;
}

static void add_writer(json_t *places, const char *place, const char *key) {
    json_t *writers = json_object_get(places, place);

    if (!writers) {
        writers = json_object();
        json_object_set_new_nocheck(places, place, writers);
    }
    json_object_set_new_nocheck(writers, key, json_true());
}

/* Keys that cannot be compared may be of one account: what one of them has written may
 * be what the other one meets. */
void presumed_keys_doubt(struct histories *s) {
    json_t *places = json_object(); /* user and name -> the keys that wrote there */

    for (size_t i = 0; s->keys_are_apart && i < s->count; i++) {
        struct interaction *t = &s->interactions[i];
        const char *key = recorded_key(t), *user = history_user(&t->key);
        char *scope, *secret;

        if (!key || t->history < 0)
            continue;
        scope = mem_printf("%s", user ? user : "\n");
        secret = mem_printf("%s\n%s", scope, t->key.name ? t->key.name : "");
        if (may_be_one(s, json_object_get(places, scope), key) &&
            (!t->key.name || may_be_one(s, json_object_get(places, secret), key)))
            set_doubt(t, DOUBT_KEY, true);
        if (interaction_writes(t)) {
            add_writer(places, scope, key);
            add_writer(places, secret, key);
        }
        free(scope);
        free(secret);
    }
    json_decref(places);
}
