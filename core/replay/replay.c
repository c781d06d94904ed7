#include "core/replay/replay.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/replay/kin.h"
#include "core/replay/learned.h"
#include "core/replay/parts.h"
#include "core/replay/words.h"
#include "core/str.h"

const char *replay_label_name(enum replay_label label) {
    static const char *const names[] = {"recorded", "derived", "modelled", "miss"};

    return names[label];
}

/* --- keys --- */

static const char *account_of_token(const struct replay *r, const char *token) {
    const char *known = json_string_value(json_object_get(r->stories->accounts, token));

    if (known)
        return known;
    return strcmp(token, "key:other_account") == 0 ? "other"
           : str_starts(token, "key:") && strncmp(token, "key:unknown", 11) != 0
               ? "main"
               : "";
}

/* For a role that the recording does not name: a key that was let in, of that mode, and
 * that no other role has. */
static const char *token_for_role(const struct replay *r, const char *role) {
    bool live = strcmp(role, "live") == 0;
    char *token = mem_printf("key:%s", role);
    const char *found = NULL, *key;
    json_t *unused;

    for (void *i = json_object_iter(r->stories->accounts); i && !found;
         i = json_object_iter_next(r->stories->accounts, i))
        if (strcmp(json_object_iter_key(i), token) == 0)
            found = json_object_iter_key(i);
    free(token);
    if (found)
        return found;
    if (strcmp(role, "main") == 0)
        return r->stories->main_key;
    json_object_foreach(r->stories->accounts, key, unused) {
        bool taken = false;
        const char *shown;
        json_t *value;

        json_object_foreach(r->keys, shown, value)
            taken = taken || strcmp(json_string_value(value), key) == 0;
        if (!taken && *json_string_value(unused) && str_ends(key, "(live)") == live &&
            key != r->stories->main_key)
            return key;
    }
    return NULL;
}

static void add_key(struct replay *r, const char *key, const char *token,
                    const char *user) {
    const char *account = account_of_token(r, token);
    bool live = strcmp(token, "key:live") == 0 || str_ends(token, "(live)");
    struct model_key k = {key, account, user, live};

    json_object_set_new_nocheck(r->keys, key, json_string(token));
    if (*account && !model_knows_key(r->model, key))
        model_add_key(r->model, &k);
}

static void add_credentials(struct replay *r, const struct profile *p) {
    for (size_t i = 0; p && i < p->credential_count; i++) {
        const struct credential *c = &p->credentials[i];
        const char *token = token_for_role(r, c->role);
        char *own = mem_printf("key:%s", c->role);

        add_key(r, c->key, token ? token : own, c->user);
        free(own);
    }
}

/* A recorded key without a role that nobody has shown here yet. With credentials also
 * one that was let in: the implementation took a key that it should not. */
static const char *free_token(const struct replay *r, const char *shape,
                              const char *user) {
    for (size_t i = 0; i < r->stories->count; i++) {
        const struct tale *t = &r->stories->tales[i];
        const char *token = t->asked.key, *shown;
        bool taken = false, number;
        json_t *value;

        if (t->story < 0 || !token || strcmp(t->asked.shape, shape) != 0 ||
            (user && (!t->asked.user || strcmp(t->asked.user, user) != 0)))
            continue;
        number = str_starts(token, "key:") && token[4] >= '0' && token[4] <= '9';
        json_object_foreach(r->keys, shown, value)
            taken = taken || strcmp(json_string_value(value), token) == 0;
        if (number && !taken &&
            (r->options.credentials || !*account_of_token(r, token)) &&
            (!r->stories->main_key || strcmp(token, r->stories->main_key) != 0))
            return token;
    }
    return NULL;
}

/* One that was shown for the same user, best. */
static const char *token_for(const struct replay *r, const struct asked *a) {
    char *user = a->user ? likeness_text(&r->tellings.likeness, a->user, false) : NULL;
    const char *token = user ? free_token(r, a->shape, user) : NULL;

    free(user);
    return token ? token : free_token(r, a->shape, NULL);
}

/* The token of a key that is shown; NULL = the request has none. The first key of all
 * is the recording's main one, unless the keys are known. */
static const char *token_of(struct replay *r, const struct asked *a) {
    const char *key = a->key, *token;
    json_t *known;

    if (!key)
        return NULL;
    known = json_object_get(r->keys, key);
    if (!known && !json_object_size(r->keys) && r->stories->main_key)
        add_key(r, key, r->stories->main_key, NULL);
    else if (!known && (token = token_for(r, a)))
        add_key(r, key, token, NULL);
    known = json_object_get(r->keys, key);
    return known ? json_string_value(known) : "key:unknown";
}

/* --- one request --- */

static char *translate(void *context, const char *value) {
    struct replay *r = context;

    return r->tellings.likeness.count && words_identifier(value, strlen(value))
               ? likeness_text(&r->tellings.likeness, value, false)
               : NULL;
}

static void begin(struct asking *q, struct replay *r,
                  const struct http_request *request, int64_t now_ms) {
    size_t keys = json_object_size(r->keys), tellings = r->tellings.count, names;

    *q = (struct asking){
        .r = r, .request = request, .now_ms = now_ms, .now = now_ms / 1000};
    asked_read(&q->asked, request, translate, r);
    q->token = token_of(r, &q->asked);
    q->account = q->token ? account_of_token(r, q->token) : "nobody";
    q->live =
        q->token && (strcmp(q->token, "key:live") == 0 || str_ends(q->token, "(live)"));
    q->telling = telling_of(&r->tellings, q->account, q->live, &q->asked);
    names = q->telling->name_count;
    q->name = telling_name(&r->tellings, q->telling, &q->asked);
    q->fresh = json_object_size(r->keys) != keys || r->tellings.count != tellings ||
               q->telling->name_count != names;
}

/* --literal: the next exchange, or nothing. */
static void answer_literally(struct asking *q, struct replay_answer *answer) {
    struct replay *r = q->r;
    const struct tale *t;

    while (r->next < r->stories->count && r->stories->tales[r->next].story < 0)
        r->next++;
    t = r->next < r->stories->count ? &r->stories->tales[r->next] : NULL;
    if (!t || strcmp(t->asked.shape, q->asked.shape) != 0 ||
        t->story != q->telling->story || t->name != (q->name ? q->name->there : -1)) {
        answer_miss(q, answer);
        return;
    }
    r->next++;
    answer->label = REPLAY_RECORDED;
    follow_tale(q, (int)(t - r->stories->tales));
    retell(q, t, answer);
}

/* Basic and Bearer are one, unless the recorded implementation refused one of them. */
static int choose_by_other_scheme(struct asking *q, bool *same) {
    bool basic = strstr(q->asked.shape, asked_basic) != NULL;
    char *other = *q->account && !(basic ? q->r->stories->basic_refused
                                         : q->r->stories->bearer_refused)
                      ? asked_other_scheme(&q->asked)
                      : NULL;
    char *own = q->asked.shape;
    int tale = -1;

    if (other) {
        q->asked.shape = other;
        tale = choose_tale(q, same);
        q->asked.shape = own;
        *same = false;
    }
    free(other);
    return tale;
}

/* A read that is told once more moves nothing. */
static bool moves_nothing(const struct asking *q, const struct tale *t) {
    return !q->fresh && (q->asked.op == ASKED_FIND || q->asked.op == ASKED_LIST) &&
           q->telling->used[t->position] > 0;
}

static bool is_guess(const struct asking *q, const struct tale *t) {
    bool list = q->asked.op == ASKED_LIST;

    return !t->wild && (list || q->asked.op == ASKED_FIND) &&
           (t->guess || t->shuffled || (list && t->works && listed_otherwise(q)));
}

static void answer_story(struct asking *q, struct replay_answer *answer) {
    bool same = false;
    int tale = choose_tale(q, &same);

    if (tale < 0)
        tale = choose_by_other_scheme(q, &same);
    if ((tale < 0 || !q->r->stories->tales[tale].asked.idempotency) &&
        repeats_answer(q, answer)) {
        if (q->r->options.strict && answer->label == REPLAY_MODELLED)
            answer_miss(q, answer);
        return;
    }
    if (tale >= 0 && is_guess(q, &q->r->stories->tales[tale]) &&
        answer_unsettled(q, tale, answer))
        return;
    if (tale >= 0) {
        answer->label = same ? REPLAY_RECORDED : REPLAY_DERIVED;
        answer->lasting = moves_nothing(q, &q->r->stories->tales[tale]);
        follow_tale(q, tale);
        retell(q, &q->r->stories->tales[tale], answer);
        return;
    }
    answer_by_model(q, answer);
    if (q->r->options.strict && answer->label == REPLAY_MODELLED)
        answer_miss(q, answer);
}

void replay_answer(struct replay *r, const struct http_request *request, int64_t now_ms,
                   struct replay_answer *answer) {
    struct asking q;

    memset(answer, 0, sizeof(*answer));
    pthread_mutex_lock(&r->lock);
    begin(&q, r, request, now_ms);
    if (r->options.literal)
        answer_literally(&q, answer);
    else
        answer_story(&q, answer);
    if (!r->options.literal)
        repeats_keep(&q, answer);
    asked_release(&q.asked);
    if (!answer->lasting)
        atomic_fetch_add(&r->version, 1);
    pthread_mutex_unlock(&r->lock);
}

uint64_t replay_version(const struct replay *r) {
    return atomic_load(&r->version);
}

char *replay_new_id(struct replay *r, const char *like) {
    char *id;

    pthread_mutex_lock(&r->lock);
    id = telling_new_id(&r->tellings, like);
    pthread_mutex_unlock(&r->lock);
    return id;
}

/* --- the whole --- */

static void start(struct replay *r) {
    tellings_init(&r->tellings, r->stories, r->options.seed);
    r->model = model_new(&r->rules, r->options.seed);
    r->keys = json_object();
    repeats_init(&r->repeats);
    add_credentials(r, r->options.credentials);
    r->next = 0;
}

static void stop(struct replay *r) {
    tellings_release(&r->tellings);
    model_free(r->model);
    repeats_release(&r->repeats);
    json_decref(r->keys);
}

struct replay *replay_new(const struct recording *recording,
                          const struct replay_options *options) {
    struct replay *r = mem_new(1, sizeof(*r));

    r->recording = recording;
    r->options = *options;
    r->stories = stories_new(recording);
    pthread_mutex_init(&r->lock, NULL);
    evidence_index(r);
    learned_rules(r->stories, &r->rules);
    r->rules.idempotency_ignored = 1; /* repeats.h remembers, also what was recorded */
    start(r);
    return r;
}

void replay_reset(struct replay *r) {
    pthread_mutex_lock(&r->lock);
    stop(r);
    start(r);
    atomic_fetch_add(&r->version, 1);
    pthread_mutex_unlock(&r->lock);
}

json_t *replay_state(struct replay *r) {
    json_t *out = json_array();

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->tellings.count; i++) {
        const struct telling *g = r->tellings.items[i];
        json_t *names = json_array();

        for (size_t k = 0; k < g->name_count; k++) {
            const struct told_name *n = g->names[k];

            json_array_append_new(
                names,
                json_pack("{s:s, s:s?, s:b, s:I}", "name", n->here, "recorded_as",
                          g->story >= 0 && n->there >= 0
                              ? r->stories->items[g->story].names[n->there].text
                              : NULL,
                          "alive", n->alive, "expires_at", (json_int_t)n->expires));
        }
        json_array_append_new(
            out, json_pack("{s:s, s:b, s:s?, s:s?, s:o}", "account", g->account, "live",
                           g->live, "user", g->user, "recorded_as",
                           g->story >= 0 ? r->stories->items[g->story].user : NULL,
                           "secrets", names));
    }
    pthread_mutex_unlock(&r->lock);
    return out;
}

void replay_free(struct replay *r) {
    if (!r)
        return;
    stop(r);
    kin_release(r);
    json_decref(r->evidence);
    stories_free(r->stories);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
