/* A history comes in. What can be asked of it goes out: a scope, a name, a doubt. */
#include "recording/history/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

bool has_doubt(const struct interaction *t, unsigned doubts) {
    return (t->doubts & doubts) != 0;
}

void set_doubt(struct interaction *t, enum doubt doubt, bool on) {
    t->doubts = on ? t->doubts | doubt : t->doubts & ~(unsigned)doubt;
}

bool interaction_has_more(const struct interaction *t) {
    const char *at =
        t->x->response.body ? strstr(t->x->response.body, "\"has_more\"") : NULL;

    at = at ? at + strlen("\"has_more\"") : NULL;
    return at && at[strspn(at, " :\t\r\n")] == 't';
}

bool interaction_writes(const struct interaction *t) {
    return t->key.op == API_SET || t->key.op == API_DELETE;
}

char *history_turn_key(const char *fingerprint, int name) {
    return mem_printf("%d %s", name, fingerprint);
}

const char *history_user(const struct request_key *a) {
    if (!a->type && !a->user)
        return "";
    return a->user && (!a->type || strcmp(a->type, "account") != 0) ? a->user : NULL;
}

char *history_index_key(const char *account, bool live, const char *user) {
    return mem_printf("%s\n%d\n%s%s", account, live, user ? "=" : "", user ? user : "");
}

int history_find(const struct histories *s, const char *account, bool live,
                 const char *user) {
    char *key = history_index_key(account, live, user);
    const json_t *known = json_object_get(s->index, key);

    free(key);
    return known ? (int)json_integer_value(known) : -1;
}

int history_name_find(const struct history *s, const char *name) {
    const json_t *known = json_object_get(s->name_index, name);

    return known ? (int)json_integer_value(known) : -1;
}

void histories_free(struct histories *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        request_key_release(&s->interactions[i].key);
        free(s->interactions[i].recorded_key);
    }
    for (size_t i = 0; i < s->history_count; i++) {
        free(s->items[i].account);
        free(s->items[i].user);
        free(s->items[i].interactions);
        free(s->items[i].names);
        json_decref(s->items[i].name_index);
        json_decref(s->items[i].by_fingerprint);
    }
    identity_free(s->identity);
    json_decref(s->index);
    json_decref(s->by_beginning);
    json_decref(s->accounts);
    json_decref(s->by_fingerprint);
    json_decref(s->request_ids);
    json_decref(s->name_tokens);
    free(s->unknown);
    free(s->items);
    free(s->interactions);
    free(s);
}
