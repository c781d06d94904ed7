/* What a client says comes in. Its session goes out: which recorded names, ids and
 * times stand for its own. */
#include "replay/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/history/state.h"
#include "recording/redact/redactor.h"
#include "replay/load/id_reuse.h"
#include "replay/text/id_format.h"

enum {
    LONG_ENOUGH = 12, /* what nobody hits by chance */
    HALF_ALIKE = 500,
};

void sessions_init(struct sessions *t, const struct histories *histories,
                   uint64_t seed) {
    *t = (struct sessions){
        .histories = histories,
        .index = json_object(),
        .served = mem_new(histories->history_count + 1, sizeof(*t->served)),
        .tokens = json_object(),
        .ids_here = json_object(),
        .ids_there = json_object(),
        .owners = json_object(),
        .keys_here = json_object(),
        .keys_there = json_object()};
    id_seed(&t->random, seed);
}

static void release_names(struct session *g) {
    for (size_t i = 0; i < g->name_count; i++) {
        json_decref(g->names[i]->tokens);
        free(g->names[i]->here);
        free(g->names[i]);
    }
    free(g->names);
    g->names = NULL;
    g->name_count = 0;
}

static void session_free(struct session *g) {
    release_names(g);
    free(g->account);
    free(g->user);
    free(g->used);
    json_decref(g->name_index);
    json_decref(g->tokens);
    json_decref(g->turns);
    free(g);
}

void sessions_release(struct sessions *t) {
    for (size_t i = 0; i < t->count; i++)
        session_free(t->items[i]);
    free(t->items);
    free(t->served);
    renaming_release(&t->renaming);
    json_decref(t->index);
    json_decref(t->tokens);
    json_decref(t->ids_here);
    json_decref(t->ids_there);
    json_decref(t->owners);
    json_decref(t->recorded_ids);
    json_decref(t->keys_here);
    json_decref(t->keys_there);
    memset(t, 0, sizeof(*t));
}

/* --- which history --- */

static bool open_history(const struct history *s, const char *account, bool live) {
    return s->user && *s->user && s->live == live && strcmp(s->account, account) == 0;
}

/* By name: the same user, or the same one after a swap that has worked before. */
static int history_by_renaming(const struct sessions *t, const char *account, bool live,
                               const char *user) {
    int found = history_find(t->histories, account, live, user);

    for (size_t i = t->renaming.count; found < 0 && i-- > 0;) {
        char *there = renaming_apply(&t->renaming, i, user, false);

        if (there)
            found = history_find(t->histories, account, live, there);
        free(there);
    }
    return found;
}

/* Is it the token of a payload, and nothing else? */
static bool is_token(const char *user) {
    return redactor_token(user, strlen(user)) == strlen(user);
}

/* How well a recorded user may stand for one of here. A token stands for what it is here,
 * or, while nobody knows that, rather for an odd user than a recorded name does that is
 * none like it. */
static int user_score(const struct sessions *t, const char *here, const char *there) {
    const char *known =
        is_token(there) ? json_string_value(json_object_get(t->tokens, there)) : NULL;

    if (known)
        return strcmp(known, here) == 0 ? 2 * HALF_ALIKE : -1;
    return is_token(there) ? HALF_ALIKE : renaming_score(here, there);
}

/* One that begins with a request of this fingerprint; such that are not told yet go first, of
 * these the nearest name, then the first. */
static int history_by_fingerprint(const struct sessions *t, const char *account,
                                  bool live, const struct request_key *asked) {
    const json_t *begun =
        json_object_get(t->histories->by_beginning, asked->fingerprint);
    int best = -1, best_score = -1;

    for (size_t n = 0; n < json_array_size(begun); n++) {
        size_t i = (size_t)json_integer_value(json_array_get(begun, n));
        const struct history *s = &t->histories->items[i];
        int score;

        if (!open_history(s, account, live))
            continue;
        score = user_score(t, asked->user, s->user);
        if (score >= 0 && !t->served[i])
            score += 10000;
        if (score > best_score) {
            best_score = score;
            best = (int)i;
        }
    }
    return best;
}

/* Of a guess nothing is learned about what is known to be swapped. */
static void learn_renaming(struct sessions *t, const char *here, const char *there) {
    for (size_t i = 0; i < t->renaming.count; i++) {
        char *swapped = renaming_apply(&t->renaming, i, here, false);

        free(swapped);
        if (swapped)
            return;
    }
    renaming_learn(&t->renaming, here, there);
}

static int choose_history(struct sessions *t, const char *account, bool live,
                          const struct request_key *asked) {
    const char *user = history_user(asked);
    int found;

    if (!user || !*user)
        return history_find(t->histories, account, live, user);
    found = history_by_renaming(t, account, live, user);
    return found >= 0 ? found : history_by_fingerprint(t, account, live, asked);
}

struct session *session_for(struct sessions *t, const char *account, bool live,
                            const struct request_key *asked) {
    const char *user = history_user(asked);
    char *key =
        mem_printf("%s\n%d\n%s%s", account, live, user ? "=" : "", user ? user : "");
    json_t *known = json_object_get(t->index, key);
    struct session *g;

    if (known) {
        free(key);
        return t->items[json_integer_value(known)];
    }
    g = mem_new(1, sizeof(*g));
    g->number = ++t->numbers;
    g->history = choose_history(t, account, live, asked);
    g->account = mem_strdup(account);
    g->user = mem_strdup(user);
    g->live = live;
    g->name_index = json_object();
    g->tokens = json_object();
    g->scope_write = g->last_set = NO_WRITE;
    if (g->history >= 0) {
        const struct history *s = &t->histories->items[g->history];

        g->again = t->served[g->history]++ > 0;
        g->used = mem_new(s->count + 1, 1);
        if (user && *user && !is_token(s->user))
            learn_renaming(t, user, s->user);
    }
    t->items = mem_grow(t->items, t->count + 1, sizeof(*t->items));
    json_object_set_new_nocheck(t->index, key, json_integer((json_int_t)t->count));
    t->items[t->count++] = g;
    free(key);
    return g;
}

/* --- which name --- */

static int name_by_swap(const struct sessions *t, const struct history *s,
                        const char *name) {
    int found = history_name_find(s, name);

    for (size_t i = t->renaming.count; found < 0 && i-- > 0;) {
        char *there = renaming_apply(&t->renaming, i, name, false);

        if (there)
            found = history_name_find(s, there);
        free(there);
    }
    return found;
}

/* A recorded name with the token of a payload in it: of the text that the token stands
 * for here; if that is not known yet, of the payload if it was one there, else of any.
 */
static bool fits_token(const struct sessions *t, const struct history_name *there,
                       const char *here, const char *payload) {
    const char *token = strstr(there->text, "payload:"), *known,
               *payload_there = t->histories->interactions[there->first].key.payload;
    size_t head = token ? (size_t)(token - there->text) : 0,
           length = token ? redactor_token(token, strlen(token)) : 0,
           tail = token ? strlen(token + length) : 0, n = strlen(here);
    char *name, *text;
    bool fits;

    if (!length || n <= head + tail || strncmp(there->text, here, head) != 0 ||
        strcmp(token + length, here + n - tail) != 0)
        return false;
    name = mem_strndup(token, length);
    text = mem_strndup(here + head, n - head - tail);
    known = json_string_value(json_object_get(t->tokens, name));
    if (known)
        fits = strcmp(known, text) == 0;
    else if (payload && payload_there && strcmp(payload_there, name) == 0)
        fits = strcmp(payload, text) == 0;
    else
        fits = head + tail > 0;
    if (fits && !known) /* so that is what it stands for */
        json_object_set_new(t->tokens, name, jsonx_text(text, strlen(text)));
    free(name);
    free(text);
    return fits;
}

static int name_by_token(const struct sessions *t, const struct history *s,
                         const struct request_key *asked) {
    char *swapped = renaming_text(&t->renaming, asked->name, false);
    int found = -1;

    for (size_t i = 0; i < s->name_count && found < 0; i++)
        if (fits_token(t, &s->names[i], swapped, asked->payload))
            found = (int)i;
    free(swapped);
    return found;
}

static bool is_bound(const struct session *g, int there) {
    for (size_t i = 0; i < g->name_count; i++)
        if (g->names[i]->there == there)
            return true;
    return false;
}

static int name_by_shape(const struct sessions *t, const struct session *g,
                         const struct history *s, const struct request_key *asked) {
    int best = -1, best_score = -1;

    for (size_t i = 0; i < s->name_count; i++) {
        const struct interaction *first =
            &t->histories->interactions[s->names[i].first];
        int score;

        if (strcmp(first->key.fingerprint, asked->fingerprint) != 0)
            continue;
        score = strstr(s->names[i].text, "payload:") /* it may be any */
                    ? HALF_ALIKE
                    : renaming_score(asked->name, s->names[i].text);
        if (score < HALF_ALIKE) /* by chance: then in their order */
            score = 0;
        score += is_bound(g, (int)i) ? 0 : 10000;
        if (score > best_score) {
            best_score = score;
            best = (int)i;
        }
    }
    return best;
}

struct binding *session_binding(struct sessions *t, struct session *g,
                                const struct request_key *asked) {
    json_t *known;
    struct binding *n;

    if (!asked->name || !*asked->name)
        return NULL;
    if ((known = json_object_get(g->name_index, asked->name)))
        return g->names[json_integer_value(known)];
    n = mem_new(1, sizeof(*n));
    n->number = ++t->numbers;
    n->here = mem_strdup(asked->name);
    n->there = n->write = n->effect = NO_WRITE;
    if (g->history >= 0) {
        const struct history *s = &t->histories->items[g->history];

        n->there = name_by_swap(t, s, asked->name);
        if (n->there < 0)
            n->there = name_by_token(t, s, asked);
        n->sure = n->there >= 0;
        if (n->there < 0)
            n->there = name_by_shape(t, g, s, asked);
        if (n->there >= 0) {
            if (!strstr(s->names[n->there].text, "payload:"))
                learn_renaming(t, asked->name, s->names[n->there].text);
            g->renamed =
                g->renamed || strcmp(asked->name, s->names[n->there].text) != 0;
        }
    }
    g->names = mem_grow(g->names, g->name_count + 1, sizeof(*g->names));
    json_object_set_new_nocheck(g->name_index, asked->name,
                                json_integer((json_int_t)g->name_count));
    g->names[g->name_count++] = n;
    return n;
}

/* --- ids --- */

static const json_t *recorded_ids(struct sessions *t) {
    if (!t->recorded_ids)
        t->recorded_ids = id_reuse_find(t->histories);
    return t->recorded_ids;
}

bool session_knows_id(struct sessions *t, const char *text, size_t len) {
    return json_object_getn(recorded_ids(t), text, len) ||
           json_object_getn(t->histories->request_ids, text, len);
}

static void count_from(struct sessions *t, const json_t *ids) {
    const char *id;
    json_t *unused;
    int64_t number;

    json_object_foreach((json_t *)(uintptr_t)ids, id, unused) {
        const char *from = id + id_format_of(id).constant;

        if (str_to_int(from, strlen(from), &number) && number > 0 &&
            (uint64_t)number > t->serial)
            t->serial = (uint64_t)number;
    }
}

/* After a number another one, which nobody had. */
static char *count_on(struct sessions *t, const char *like, size_t constant) {
    if (!t->serial) {
        count_from(t, recorded_ids(t));
        count_from(t, t->histories->request_ids);
    }
    t->serial++;
    return mem_printf("%.*s%0*llu", (int)constant, like, (int)strlen(like + constant),
                      (unsigned long long)t->serial);
}

static char *make_id(struct sessions *t, const char *like) {
    struct id_format look = id_format_of(like);
    char *id;

    if (look.number)
        return count_on(t, like, look.constant);
    id = mem_strdup(like);
    id_format_renew(&look, &t->random, id);
    return id;
}

static bool is_taken(struct sessions *t, const char *id) {
    return strlen(id + id_format_of(id).constant) < LONG_ENOUGH &&
           (json_object_get(t->ids_there, id) || json_object_get(recorded_ids(t), id));
}

char *session_new_id(struct sessions *t, const char *like) {
    char *id = make_id(t, like);

    /* a short one may be taken: then a longer one */
    for (int tries = 0; is_taken(t, id); tries++) {
        char *longer = tries % 8 == 7 ? mem_printf("%sa", id) : NULL;

        free(id);
        id = make_id(t, longer ? longer : like);
        free(longer);
    }
    return id;
}

/* The id that is known by `key`; a new one or the recorded one if there is none. */
static const char *id_by_key(struct sessions *t, const char *key, const char *there,
                             bool renew) {
    json_t *known = json_object_get(t->ids_here, key);

    if (!known) {
        char *here = renew ? session_new_id(t, there) : mem_strdup(there);

        known = json_string(here);
        json_object_set_new_nocheck(t->ids_here, key, known);
        json_object_set_new_nocheck(t->ids_there, here, json_string(there));
        free(here);
    }
    return json_string_value(known);
}

/* A secret and its life as a number; without the life where all of them had the id. */
static json_int_t owner_of(struct sessions *t, const struct binding *n,
                           const char *there) {
    bool kept = json_is_null(json_object_get(recorded_ids(t), there));

    return (json_int_t)((uint64_t)n->number << 32 | (kept ? 0 : n->life));
}

/* The first who has an id owns it. */
static bool owns_id(struct sessions *t, json_int_t owner, const char *here) {
    const json_t *known = json_object_get(t->owners, here);

    if (!known)
        json_object_set_new_nocheck(t->owners, here, json_integer(owner));
    return !known || json_integer_value(known) == owner;
}

static bool is_shared(struct sessions *t, const char *there) {
    return json_is_true(json_object_get(recorded_ids(t), there));
}

const char *session_id_here(struct sessions *t, const struct session *g,
                            const struct binding *n, const char *there) {
    char *key = g->again ? mem_printf("%u %s", g->number, there) : NULL;
    const char *here = id_by_key(t, key ? key : there, there, g->again);
    json_int_t owner = n ? owner_of(t, n, there) : 0;

    free(key);
    if (!n || owns_id(t, owner, here) || is_shared(t, there))
        return here;
    key = mem_printf("%lld %s", (long long)owner, there);
    here = id_by_key(t, key, there, true);
    free(key);
    return here;
}

/* The ids of a secret that is forgotten belong to nobody. */
static void disown(struct sessions *t, const struct binding *n) {
    const char *id;
    json_t *owner;
    void *next;

    json_object_foreach_safe(t->owners, next, id, owner) {
        if ((uint64_t)json_integer_value(owner) >> 32 == n->number)
            json_object_del(t->owners, id);
    }
}

static void session_restart(struct sessions *t, struct session *g) {
    for (size_t i = 0; i < g->name_count; i++)
        disown(t, g->names[i]);
    release_names(g);
    json_object_clear(g->name_index);
    json_object_clear(g->tokens);
    json_decref(g->turns);
    g->turns = NULL;
    g->scope_write = g->last_set = NO_WRITE;
    g->begun = g->renamed = g->out_of_order = false;
    g->sets = 0;
    if (g->history >= 0)
        memset(g->used, 0, t->histories->items[g->history].count + 1);
}

void sessions_restart(struct sessions *t, const char *account, const char *user) {
    for (size_t i = 0; i < t->count; i++) {
        struct session *g = t->items[i];

        if ((!account || strcmp(g->account, account) == 0) && !user == !g->user &&
            (!user || strcmp(user, g->user) == 0))
            session_restart(t, g);
    }
}

/* --- where it stands --- */

bool binding_expired(const struct binding *n, int64_t now) {
    return n->alive && n->expires && n->expires <= now;
}

void binding_write(struct session *g, struct binding *n, bool set, int interaction,
                   int64_t now) {
    bool made = set && (!n->alive || binding_expired(n, now));

    n->life += made;
    n->alive = set;
    if (!set)
        return;
    n->set = ++g->sets;
    if (made)
        n->made = n->set;
    g->out_of_order = g->out_of_order || interaction < g->last_set;
    g->last_set = interaction;
}

struct binding *session_binding_of(const struct session *g, int there) {
    struct binding *found = NULL;

    for (size_t i = g->name_count; there >= 0 && i-- > 0;)
        if (g->names[i]->there == there && (!found || g->names[i]->alive)) {
            found = g->names[i];
            if (found->alive)
                break;
        }
    return found;
}

uint64_t session_living(const struct session *g, int64_t now) {
    uint64_t sum = 0;

    for (size_t i = 0; i < g->name_count; i++) {
        const struct binding *n = g->names[i];

        if (n->effect != NO_WRITE && n->alive && !binding_expired(n, now))
            sum += n->effect == FOREIGN_WRITE ? state_mix_living((int)i, FOREIGN_WRITE)
                                              : state_mix_living(n->there, n->effect);
    }
    return sum;
}
