/* A recording comes in. Its histories go out: each interaction with its scope, its
 * secret and the state that it met. */
#include "recording/history/history_load.h"

#include <stdlib.h>
#include <string.h>

#include "api/gateway.h"
#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/parallel_for.h"
#include "core/str.h"
#include "recording/history/concurrency.h"
#include "recording/history/name_tokens.h"
#include "recording/history/presumed_keys.h"
#include "recording/history/state.h"
#include "recording/key_token.h"

enum { NEARLY_S = 5 };

/* --- who the keys are --- */

static bool let_in(const struct recorded *x) {
    return x->response.status && x->response.status != 401 && x->response.status != 403;
}

/* main and ui_extension are one account, live is its other mode, other_account another;
 * keys without a role are accounts of their own. */
static const char *account_of(const char *token, bool in) {
    switch (key_token_role(token)) {
    case API_MAIN:
    case API_UI_EXTENSION:
    case API_LIVE:
        return "main";
    case API_OTHER_ACCOUNT:
        return "other";
    case API_ROLES:
        break;
    }
    return in ? token : "";
}

static void learn_keys(struct histories *s) {
    json_t *counts = json_object();
    json_int_t most = 0;

    s->accounts = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const char *key = s->interactions[i].key.credential;
        bool in = let_in(s->interactions[i].x);
        json_int_t n;

        if (!key)
            continue;
        if (in || !json_object_get(s->accounts, key))
            json_object_set_new_nocheck(s->accounts, key,
                                        json_string_nocheck(account_of(key, in)));
        n = json_integer_value(json_object_get(counts, key)) + (in ? 1 : 0);
        json_object_set_new_nocheck(counts, key, json_integer(n));
        if (n > most && strcmp(key, "key:main") != 0) {
            most = n;
            s->main_key = key;
        }
    }
    if (json_object_get(counts, "key:main"))
        s->main_key = "key:main";
    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        const char *account =
            t->key.credential
                ? json_string_value(json_object_get(s->accounts, t->key.credential))
                : "";

        if (!*account || t->x->response.status != 401)
            continue;
        s->basic_refused =
            s->basic_refused || strstr(t->key.fingerprint, request_key_basic);
        s->bearer_refused =
            s->bearer_refused || strstr(t->key.fingerprint, request_key_bearer);
    }
    json_decref(counts);
}

/* --- which history an exchange belongs to --- */

static int history_make(struct histories *s, const char *account, bool live,
                        const char *user) {
    char *key = history_index_key(account, live, user);
    json_t *known = json_object_get(s->index, key);
    int found = known ? (int)json_integer_value(known) : (int)s->history_count;

    if (!known) {
        s->items = mem_grow(s->items, s->history_count + 1, sizeof(*s->items));
        s->items[s->history_count++] =
            (struct history){.account = mem_strdup(account),
                             .user = mem_strdup(user),
                             .live = live,
                             .name_index = json_object(),
                             .by_fingerprint = json_object()};
        json_object_set_new_nocheck(s->index, key, json_integer(found));
    }
    free(key);
    return found;
}

static int name_make(struct history *s, const char *name, int interaction) {
    int found = history_name_find(s, name);

    if (found >= 0)
        return found;
    s->names = mem_grow(s->names, s->name_count + 1, sizeof(*s->names));
    s->names[s->name_count] = (struct history_name){name, interaction};
    json_object_set_new_nocheck(s->name_index, name, json_integer((int)s->name_count));
    return (int)s->name_count++;
}

static void add_shape(json_t *by_fingerprint, const char *fingerprint,
                      int interaction) {
    json_t *list = json_object_get(by_fingerprint, fingerprint);

    if (!list) {
        list = json_array();
        json_object_set_new_nocheck(by_fingerprint, fingerprint, list);
    }
    json_array_append_new(list, json_integer(interaction));
}

static void place(struct histories *s, int i) {
    struct interaction *t = &s->interactions[i];
    const char *key = t->key.credential;
    const char *account =
        key ? json_string_value(json_object_get(s->accounts, key)) : "nobody";
    struct history *history;

    t->history =
        history_make(s, account, key_token_is_live(key), history_user(&t->key));
    history = &s->items[t->history];
    t->name = t->key.name && *t->key.name ? name_make(history, t->key.name, i) : -1;
    history->interactions = mem_grow(history->interactions, history->count + 1,
                                     sizeof(*history->interactions));
    t->position = (int)history->count;
    history->interactions[history->count++] = i;
    add_shape(history->by_fingerprint, t->key.fingerprint, i);
    add_shape(s->by_fingerprint, t->key.fingerprint, i);
}

/* --- what it was --- */

static int64_t expires_of(const struct interaction *t) {
    /* the answer has one only if it names it and it is no null */
    const char *named =
        t->x->response.body ? strstr(t->x->response.body, "\"expires_at\"") : NULL;
    json_t *body = named && strpbrk(named + 12, "0123456789n,}") &&
                           *strpbrk(named + 12, "0123456789n,}") != 'n'
                       ? jsonx_body(&t->x->response)
                       : NULL;
    int64_t expires = jsonx_int(body, "expires_at", 0);

    json_decref(body);
    if (!expires && t->key.expires_at > 0)
        expires = t->key.expires_at;
    if (expires >= EPOCH_LEAST_MS && t->key.expires_at < EPOCH_LEAST_MS)
        expires /= 1000; /* it shows milliseconds, and means the same time */
    if (t->key.expires_at > 0 && expires >= t->key.expires_at - NEARLY_S &&
        expires <= t->key.expires_at + NEARLY_S)
        expires = t->key.expires_at; /* it shows another, and means this one */
    return expires;
}

/* Is it known what became of the request? Behind a gateway that answers in the API's
 * place it may have been done. */
static bool is_known(const struct recorded *x) {
    const struct http_response *a = &x->response;

    return x->outcome == OUTCOME_REFUSED ||
           (x->outcome == OUTCOME_ANSWERED &&
            !gateway_answered(a->status, a->body ? a->body : "", a->body_len));
}

static void find_unknown_outcomes(struct histories *s) {
    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        const char *key = t->key.credential, *name = t->key.name;
        const char *account =
            key ? json_string_value(json_object_get(s->accounts, key)) : "nobody";
        int history, known;

        if (!interaction_writes(t) || is_known(t->x) || !account || !name)
            continue;
        history =
            history_find(s, account, key_token_is_live(key), history_user(&t->key));
        known = history >= 0 ? history_name_find(&s->items[history], name) : -1;
        if (known < 0)
            continue;
        s->unknown = mem_grow(s->unknown, s->unknown_count + 1, sizeof(*s->unknown));
        s->unknown[s->unknown_count++] =
            (struct unknown_outcome){(int)i, history, known};
    }
}

/* PROTO-2: the second request of an idempotency key is answered as the first was. The same
 * key with another credential is another one. */
static void find_repeated(struct histories *s) {
    json_t *seen = json_object();

    for (size_t i = 0; i < s->count; i++) {
        struct interaction *t = &s->interactions[i];
        char *key;

        if (t->history < 0 || !t->key.idempotency)
            continue;
        key = mem_printf("%s\n%s", t->key.credential ? t->key.credential : "",
                         t->key.idempotency);
        t->repeated = json_object_get(seen, key) != NULL;
        if (t->succeeded)
            json_object_set_new_nocheck(seen, key, json_true());
        free(key);
    }
    json_decref(seen);
}

static void read_time(const struct recording *r, struct interaction *t,
                      int64_t advanced) {
    const char *date = http_headers_get(&t->x->response.headers, "Date");

    t->dated = date && http_date_parse(date, &t->now);
    if (!t->dated)
        t->now = (r->started_ms + t->x->ended_us / 1000) / 1000 + advanced;
}

/* By how many seconds an exchange advanced the recorded server's clock. */
static int64_t advance_of(const struct recorded *x) {
    static const char form[] = "advance=";
    const char *body = x->request.body ? x->request.body : "";
    int64_t seconds;

    return strcmp(x->request.target, "/_assay/clock") == 0 &&
                   x->response.status / 100 == 2 && str_starts(body, form) &&
                   str_to_int(body + strlen(form), strlen(body) - strlen(form),
                              &seconds)
               ? seconds
               : 0;
}

enum { PART_INTERACTIONS = 1000 };

struct key_range {
    struct histories *s;
    size_t from, to;
};

static void *read_key(void *context) {
    const struct key_range *p = context;

    for (size_t i = p->from; i < p->to; i++)
        request_key_read(&p->s->interactions[i].key, &p->s->recording->items[i].request,
                         NULL, NULL);
    return NULL;
}

static void read_all_keys(struct histories *s) {
    struct key_range parts[MAX_PARTS];
    size_t count = parallel_for_parts(s->count, PART_INTERACTIONS);

    for (size_t i = 0; i < count; i++)
        parts[i] =
            (struct key_range){s, s->count * i / count, s->count * (i + 1) / count};
    parallel_for(parts, count, sizeof(*parts), read_key);
}

static void read_interaction(struct histories *s, size_t i, int64_t advanced) {
    struct interaction *t = &s->interactions[i];

    const char *id;

    t->x = &s->recording->items[i];
    if ((id = http_headers_get(&t->x->response.headers, "Request-Id")))
        json_object_set_new_nocheck(
            s->request_ids, id,
            json_integer(json_integer_value(json_object_get(s->request_ids, id)) + 1));
    t->history = t->name = -1;
    read_time(s->recording, t, advanced);
    t->succeeded =
        t->x->outcome == OUTCOME_ANSWERED && t->x->response.status / 100 == 2;
    if (t->succeeded && t->key.op == API_SET)
        t->expires = expires_of(t);
}

static void use_plain_names(struct histories *s) {
    s->name_tokens = name_tokens_find(s);
    for (size_t i = 0; i < s->count && s->name_tokens; i++) {
        char **name = &s->interactions[i].key.name;
        char *plain = *name ? name_tokens_plain(s->name_tokens, *name) : NULL;

        if (plain) {
            free(*name);
            *name = plain;
        }
    }
}

struct histories *histories_new(const struct recording *recording) {
    struct histories *s = mem_new(1, sizeof(*s));
    int64_t advanced = 0;

    s->recording = recording;
    s->count = recording->count;
    s->interactions = mem_new(s->count + 1, sizeof(*s->interactions));
    s->by_fingerprint = json_object();
    s->index = json_object();
    s->by_beginning = json_object();
    s->request_ids = json_object();
    read_all_keys(s);
    for (size_t i = 0; i < s->count; i++) {
        read_interaction(s, i, advanced);
        advanced += advance_of(s->interactions[i].x);
    }
    use_plain_names(s);
    s->identity = identity_new(recording);
    presumed_keys_unite(s);
    learn_keys(s);
    for (size_t i = 0; i < s->count; i++)
        if (s->interactions[i].x->outcome == OUTCOME_ANSWERED &&
            !str_starts(s->interactions[i].x->request.target, "/_assay/"))
            place(s, (int)i);
    find_repeated(s);
    find_unknown_outcomes(s);
    for (size_t i = 0; i < s->history_count; i++) {
        concurrency_find(s, &s->items[i]);
        state_trace(s, &s->items[i]);
    }
    for (size_t i = 0; i < s->history_count; i++) /* their order is known now */
        add_shape(s->by_beginning,
                  s->interactions[s->items[i].interactions[0]].key.fingerprint, (int)i);
    presumed_keys_doubt(s);
    return s;
}
