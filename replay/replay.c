/* A request comes in. A session is found for it, an interaction is selected and
 * rendered, or the fallback answers. */
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "core/word_replace.h"
#include "recording/history/history_load.h"
#include "recording/key_token.h"
#include "replay/apply.h"
#include "replay/current_order.h"
#include "replay/fallback.h"
#include "replay/idempotency_memory.h"
#include "replay/load/echoed_headers.h"
#include "replay/load/traits.h"
#include "replay/miss.h"
#include "replay/render.h"
#include "replay/resource_answer.h"
#include "replay/resource_ids.h"
#include "replay/select.h"
#include "replay/shown_keys.h"
#include "replay/template.h"
#include "replay/text/json_splice.h"

const char *replay_label_name(enum replay_label label) {
    static const char *const names[] = {"recorded", "derived", "modelled", "miss"};

    return names[label];
}

/* --- one request --- */

static char *translate(void *context, const char *value) {
    struct replay *r = context;

    return r->sessions.renaming.count && word_is_identifier(value, strlen(value))
               ? renaming_text(&r->sessions.renaming, value, false)
               : NULL;
}

static void begin(struct replay_request *q, struct replay *r,
                  const struct http_request *request, int64_t now_ms) {
    size_t keys = json_object_size(r->keys), sessions = r->sessions.count, names;

    *q = (struct replay_request){
        .r = r, .request = request, .now_ms = now_ms, .now = now_ms / 1000};
    request_key_read(&q->key, request, translate, r);
    q->token = shown_keys_token(r, &q->key);
    q->account = q->token ? shown_keys_account(r, q->token) : "nobody";
    q->live = key_token_is_live(q->token);
    q->session = session_for(&r->sessions, q->account, q->live, &q->key);
    names = q->session->name_count;
    q->name = session_binding(&r->sessions, q->session, &q->key);
    q->fresh = json_object_size(r->keys) != keys || r->sessions.count != sessions ||
               q->session->name_count != names;
}

/* --literal: the next exchange, or nothing. */
static void answer_literally(struct replay_request *q, struct replay_answer *answer) {
    struct replay *r = q->r;
    const struct interaction *t;

    while (r->next < r->histories->count &&
           r->histories->interactions[r->next].history < 0)
        r->next++;
    t = r->next < r->histories->count ? &r->histories->interactions[r->next] : NULL;
    if (!t || strcmp(t->key.fingerprint, q->key.fingerprint) != 0 ||
        t->history != q->session->history ||
        t->name != (q->name ? q->name->there : -1)) {
        miss_answer(q, t, answer);
        return;
    }
    r->next++;
    answer->label = REPLAY_RECORDED;
    apply_interaction(q, (int)(t - r->histories->interactions));
    render(q, t, answer);
}

/* Basic and Bearer are one, unless the recorded implementation refused one of them. */
static int select_by_other_scheme(struct replay_request *q, bool *same) {
    bool basic = strstr(q->key.fingerprint, request_key_basic) != NULL;
    char *other = *q->account && !(basic ? q->r->histories->basic_refused
                                         : q->r->histories->bearer_refused)
                      ? request_key_other_scheme(&q->key)
                      : NULL;
    char *own = q->key.fingerprint;
    int interaction = -1;

    if (other) {
        q->key.fingerprint = other;
        interaction = select_interaction(q, same);
        q->key.fingerprint = own;
        *same = false;
    }
    free(other);
    return interaction;
}

/* A read that is told once more moves nothing. */
static bool moves_nothing(const struct replay_request *q, const struct interaction *t) {
    return !q->fresh && (q->key.op == API_FIND || q->key.op == API_LIST) &&
           q->session->used[t->position] > 0;
}

static bool is_guess(const struct replay_request *q, const struct interaction *t) {
    bool list = q->key.op == API_LIST;

    return !has_doubt(t, DOUBT_UNEXPLAINED) && (list || q->key.op == API_FIND) &&
           (has_doubt(t, DOUBT_STATE | DOUBT_LIST_ORDER) ||
            (list && t->succeeded && current_order_differs(q)));
}

static void answer_from_history(struct replay_request *q,
                                struct replay_answer *answer) {
    bool same = false;
    int interaction = select_interaction(q, &same);

    if (interaction < 0)
        interaction = select_by_other_scheme(q, &same);
    if ((interaction < 0 ||
         !q->r->histories->interactions[interaction].key.idempotency) &&
        idempotency_memory_answer(q, answer)) {
        if (q->r->options.strict && answer->label == REPLAY_MODELLED)
            miss_answer(q, NULL, answer);
        return;
    }
    if (interaction >= 0 && is_guess(q, &q->r->histories->interactions[interaction]) &&
        answer_uncertain(q, interaction, answer))
        return;
    if (interaction >= 0) {
        answer->label = same ? REPLAY_RECORDED : REPLAY_DERIVED;
        answer->lasting = moves_nothing(q, &q->r->histories->interactions[interaction]);
        apply_interaction(q, interaction);
        render(q, &q->r->histories->interactions[interaction], answer);
        return;
    }
    if (!answer_by_model(q, answer))
        miss_answer(q, NULL, answer);
}

void replay_answer(struct replay *r, const struct http_request *request, int64_t now_ms,
                   struct replay_answer *answer) {
    struct replay_request q;

    memset(answer, 0, sizeof(*answer));
    pthread_mutex_lock(&r->lock);
    begin(&q, r, request, now_ms);
    if (r->options.literal)
        answer_literally(&q, answer);
    else if (!resource_answer(&q, answer))
        answer_from_history(&q, answer);
    if (!r->options.literal)
        idempotency_memory_keep(&q, answer);
    if (answer->label != REPLAY_MISS)
        echoed_headers_apply(r->echoed, request, &answer->response.headers);
    answer->unknown_key = q.token && strcmp(q.token, SHOWN_KEY_UNKNOWN) == 0;
    request_key_release(&q.key);
    if (!answer->lasting)
        atomic_fetch_add(&r->version, 1);
    pthread_mutex_unlock(&r->lock);
}

void replay_put(struct replay *r, const char *key, const char *form, int64_t now_ms,
                struct http_response *answer) {
    struct http_request set = {0};
    struct replay_answer done = {0};
    struct replay_request q;

    model_set_request(&set, &r->rules, key ? key : r->own_key, form);
    pthread_mutex_lock(&r->lock);
    begin(&q, r, &set, now_ms);
    put_by_model(&q, &done);
    request_key_release(&q.key);
    atomic_fetch_add(&r->version, 1);
    pthread_mutex_unlock(&r->lock);
    http_request_release(&set);
    *answer = done.response;
}

uint64_t replay_version(const struct replay *r) {
    return atomic_load(&r->version);
}

char *replay_new_id(struct replay *r, const char *like) {
    char *id;

    pthread_mutex_lock(&r->lock);
    id = session_new_id(&r->sessions, like);
    pthread_mutex_unlock(&r->lock);
    return id;
}

/* --- the whole --- */

static void add_own_key(struct replay *r) {
    struct model_key key = {r->own_key, shown_keys_account(r, shown_keys_main(r)), NULL,
                            key_token_is_live(shown_keys_main(r))};

    model_add_key(r->model, &key);
}

static void start(struct replay *r) {
    sessions_init(&r->sessions, r->histories, r->options.seed);
    r->model = model_new(&r->rules, r->options.seed);
    shown_keys_init(r);
    r->idempotency = idempotency_memory_new();
    r->resources =
        r->resource_calls ? resource_ids_new(r->histories, r->resource_calls) : NULL;
    add_own_key(r);
    r->next = 0;
}

static void stop(struct replay *r) {
    sessions_release(&r->sessions);
    model_free(r->model);
    idempotency_memory_free(r->idempotency);
    r->idempotency = NULL;
    resource_ids_free(r->resources);
    r->resources = NULL;
    json_decref(r->keys);
}

struct replay *replay_new(const struct recording *recording,
                          const struct replay_options *options) {
    struct replay *r = mem_new(1, sizeof(*r));

    r->recording = recording;
    r->options = *options;
    r->histories = histories_new(recording);
    pthread_mutex_init(&r->lock, NULL);
    snprintf(r->own_key, sizeof(r->own_key), "own_%016llx%016llx",
             (unsigned long long)id_seed_random(),
             (unsigned long long)id_seed_random());
    fallback_index(r);
    r->resource_calls = resource_calls_new(r->histories);
    r->echoed = echoed_headers_learn(recording);
    r->list_order = list_order_learn(r->histories);
    r->plans = mem_new(r->histories->count + 1, sizeof(*r->plans));
    traits_rules(r->histories, &r->rules);
    r->rules.idempotency_ignored =
        1; /* idempotency_memory.h remembers, also what was recorded */
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

const struct recording *replay_recording(const struct replay *r) {
    return r->recording;
}

bool replay_reset_scope(struct replay *r, const char *key, const char *user) {
    const char *token, *account = NULL;
    bool known = true;

    pthread_mutex_lock(&r->lock);
    if (key) {
        token = json_string_value(json_object_get(r->keys, key));
        account = token ? shown_keys_account(r, token) : "";
        known = *account != '\0';
    }
    if (known) {
        sessions_restart(&r->sessions, account, user);
        model_reset_scope(r->model, key, user);
        idempotency_memory_forget(r->idempotency, account, user);
        atomic_fetch_add(&r->version, 1);
    }
    pthread_mutex_unlock(&r->lock);
    return known;
}

json_t *replay_state(struct replay *r) {
    json_t *out = json_array();

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->sessions.count; i++) {
        const struct session *g = r->sessions.items[i];
        json_t *names = json_array();

        for (size_t k = 0; k < g->name_count; k++) {
            const struct binding *n = g->names[k];

            json_array_append_new(
                names,
                json_pack("{s:s, s:s?, s:b, s:I}", "name", n->here, "recorded_as",
                          g->history >= 0 && n->there >= 0
                              ? r->histories->items[g->history].names[n->there].text
                              : NULL,
                          "alive", n->alive, "expires_at", (json_int_t)n->expires));
        }
        json_array_append_new(
            out,
            json_pack("{s:s, s:b, s:s?, s:s?, s:o}", "account", g->account, "live",
                      g->live, "user", g->user, "recorded_as",
                      g->history >= 0 ? r->histories->items[g->history].user : NULL,
                      "secrets", names));
    }
    pthread_mutex_unlock(&r->lock);
    return out;
}

void replay_free(struct replay *r) {
    if (!r)
        return;
    stop(r);
    template_release(r);
    echoed_headers_free(r->echoed);
    miss_index_free(r);
    json_decref(r->fallbacks);
    resource_calls_free(r->resource_calls);
    for (size_t i = 0; r->plans && i < r->histories->count; i++)
        json_splice_free(r->plans[i].splice);
    free(r->plans);
    histories_free(r->histories);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
