/* A whole HTTP request and the time come in. The route, the credential and the answer
 * are found here; the calls themselves are in calls.c and list.c. */
#include "api/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/str.h"

struct model *model_new(const struct model_rules *rules, uint64_t seed) {
    struct model *m = mem_new(1, sizeof(*m));

    if (rules)
        m->rules = *rules;
    id_seed(&m->ids, seed);
    return m;
}

const struct model_rules *model_rules(const struct model *m) {
    return &m->rules;
}

void model_add_key(struct model *m, const struct model_key *key) {
    struct known_key *k;

    m->keys = mem_grow(m->keys, m->key_count + 1, sizeof(*m->keys));
    k = &m->keys[m->key_count++];
    k->key = mem_strdup(key->key);
    k->account = mem_strdup(key->account);
    k->user = mem_strdup(key->user);
    k->live = key->live;
}

void model_add_profile(struct model *m, const struct profile *p) {
    for (size_t i = 0; i < p->credential_count; i++) {
        const struct credential *c = &p->credentials[i];
        bool other = strcmp(c->role, "other_account") == 0;
        struct model_key key = {c->key, other ? "acct_other" : "acct_main", c->user,
                                strcmp(c->role, "live") == 0};

        model_add_key(m, &key);
    }
}

void model_reset(struct model *m) {
    store_clear(&m->store);
    idempotency_clear(m);
    stale_clear(m);
}

void model_free(struct model *m) {
    if (!m)
        return;
    model_reset(m);
    for (size_t i = 0; i < m->key_count; i++) {
        free(m->keys[i].key);
        free(m->keys[i].account);
        free(m->keys[i].user);
    }
    free(m->keys);
    free(m);
}

static const struct known_key *key_find(const struct model *m, const char *text) {
    for (size_t i = 0; text && i < m->key_count; i++)
        if (strcmp(m->keys[i].key, text) == 0)
            return &m->keys[i];
    return NULL;
}

static bool needs_no_key(const struct model_call *c) {
    const int open[] = {c->rules->no_key_sets, c->rules->no_key_finds,
                        c->rules->no_key_lists, c->rules->no_key_deletes, 0};

    return open[c->op];
}

static bool refuse_key(struct model_call *c, const char *text) {
    const char *given = http_headers_get(&c->request->headers, "Authorization");
    size_t len = text ? strlen(text) : 0;

    if (text)
        return call_refuse(c, c->rules->unknown_key_403 ? 403 : 401,
                           "invalid_request_error", NULL, NULL,
                           "Invalid API Key provided: %.3s********%s", text,
                           len > 12 ? text + len - 4 : "");
    return call_refuse(
        c, 401, "invalid_request_error", NULL, NULL,
        given ? "You did not provide an API key, though you did set your "
                "Authorization header. Give the key as the user name of HTTP "
                "Basic auth, or use Bearer auth."
              : "You did not provide an API key. You need to provide your API "
                "key in the Authorization header, using Bearer auth (e.g. "
                "'Authorization: Bearer YOUR_SECRET_KEY').");
}

/* AUTH-1 broken: it is enough that the keys are alike. */
static const struct known_key *like_key(const struct model_call *c, const char *text) {
    for (size_t i = 0; text && *text && i < c->m->key_count; i++)
        if ((c->rules->longer_key && str_starts(text, c->m->keys[i].key)) ||
            (c->rules->recased_key && str_equal_nocase(c->m->keys[i].key, text)) ||
            (c->rules->shorter_key && str_starts(c->m->keys[i].key, text)) ||
            lenient_key(c->rules, text, c->m->keys[i].key))
            return &c->m->keys[i];
    return NULL;
}

/* AUTH-1 to AUTH-3. */
static bool authenticate(struct model_call *c) {
    const char *scheme;
    char *text = http_credential(&c->request->headers, &scheme);
    char *elsewhere = text ? NULL : lenient_key_elsewhere(c);
    bool refused_scheme =
        scheme && (strcmp(scheme, "Basic") == 0 ? c->rules->basic_refused
                                                : c->rules->bearer_refused);

    c->key = refused_scheme ? NULL : key_find(c->m, elsewhere ? elsewhere : text);
    if (!c->key && !refused_scheme)
        c->key = like_key(c, text);
    if (!c->key && c->rules->authorization_crashes &&
        http_headers_get(&c->request->headers, "Authorization"))
        call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    if (!c->key && !refused_scheme && c->m->key_count &&
        ((text && c->rules->any_key) || (!text && needs_no_key(c))))
        c->key = &c->m->keys[0];
    if (!c->key)
        refuse_key(c, refused_scheme ? NULL : text);
    else
        c->world =
            mem_printf("%s %s", c->rules->accounts_shared ? "all" : c->key->account,
                       c->key->live && !c->rules->modes_shared ? "live" : "test");
    free(elsewhere);
    free(text);
    return c->key != NULL;
}

static enum api_call route(const struct model_call *c, bool *known_path) {
    const char *method = c->request->method;
    size_t len = http_target_path_len(c->request->target);

    if (c->rules->trailing_slash_taken && len > 1 && c->request->target[len - 1] == '/')
        len--;
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < API_CALLS; i++) {
        if ((strlen(api_routes[i].path) != len ||
             memcmp(api_routes[i].path, c->request->target, len) != 0) &&
            !lenient_path(c->rules, c->request->target, len, api_routes[i].path))
            continue;
        *known_path = true;
        if (strcmp(api_routes[i].method, method) == 0 ||
            (api_routes[i].call == API_DELETE && c->rules->get_deletes &&
             strcmp(method, "GET") == 0))
            return api_routes[i].call;
    }
    return API_OTHER;
}

static void answer_call(struct model_call *c) {
    bool known_path = false;
    int path_len = (int)http_target_path_len(c->request->target), status;

    c->op = route(c, &known_path);
    if (!authenticate(c))
        return;
    if (c->op == API_OTHER) {
        bool odd = strcmp(c->request->method, "GET") != 0 &&
                   strcmp(c->request->method, "POST") != 0;

        c->wrong_verb = known_path;
        call_refuse(c,
                    odd && c->rules->odd_verb_crashes               ? 500
                    : known_path && c->rules->wrong_verb_crashes    ? 500
                    : !known_path && c->rules->unknown_path_crashes ? 500
                    : odd && c->rules->odd_verb_501                 ? 501
                    : known_path && c->rules->wrong_verb_405        ? 405
                    : !known_path && c->rules->unknown_path_400     ? 400
                                                                    : 404,
                    "invalid_request_error", NULL, NULL,
                    "Unrecognized request URL (%.20s: %.*s).", c->request->method,
                    path_len > 200 ? 200 : path_len, c->request->target);
        return;
    }
    if ((status = lenient_header_status(c))) {
        call_refuse(c, status, "invalid_request_error", NULL, NULL, "Not so.");
        return;
    }
    if (call_read_params(c)) {
        /* before what is remembered: a key that another sender used opens nothing */
        if (!c->rules->idempotency_any_sender && !call_permitted(c))
            return;
        if (idempotency_before(c))
            return;
        if (!c->rules->idempotency_any_sender || call_permitted(c))
            call_run(c);
        stale_answer(c);
    } else {
        if (c->rules->idempotency_keeps_refusals && c->params && idempotency_before(c))
            return;
        call_after_refusal(c);
    }
    idempotency_after(c);
}

void model_answer(struct model *m, const struct http_request *request, int64_t now_ms,
                  struct http_response *answer) {
    struct model_call c = {.m = m,
                           .rules = &m->rules,
                           .request = request,
                           .answer = answer,
                           .now_ms = now_ms};

    answer_call(&c);
    call_finish(&c);
    json_decref(c.params);
    free(c.world);
    free(c.name);
    free(c.payload);
    free(c.user);
    free(c.checked_user);
    free(c.used_user);
}

void model_set_request(struct http_request *out, const struct model_rules *rules,
                       const char *key, const char *form) {
    struct buf value = BUF_INIT(BUF_UNLIMITED);
    char *pair = mem_printf("%s:", key);

    http_request_set(out, "POST", API_PATH);
    buf_adds(&value, rules->basic_refused ? "Bearer " : "Basic ");
    if (rules->basic_refused)
        buf_adds(&value, key);
    else
        str_add_base64(&value, pair, strlen(pair));
    http_headers_add(&out->headers, "Authorization", value.ptr);
    http_headers_add(&out->headers, "Content-Type",
                     "application/x-www-form-urlencoded");
    http_request_body(out, form, strlen(form));
    buf_release(&value);
    free(pair);
}

bool model_knows_key(const struct model *m, const char *key) {
    return key_find(m, key) != NULL;
}

/* free() */
static char *world_of_key(const struct model *m, const char *key) {
    const struct known_key *k = key_find(m, key);

    return k ? mem_printf("%s %s", k->account, k->live ? "live" : "test") : NULL;
}

void model_reset_scope(struct model *m, const char *key, const char *user) {
    char *world = world_of_key(m, key);

    if (!key || world) {
        store_clear_scope(&m->store, world, user);
        idempotency_forget(m, world, user);
    }
    free(world);
}

static struct scope *scope_of_key(struct model *m, const char *key, const char *user,
                                  bool make) {
    char *world = world_of_key(m, key);
    struct scope *scope = world ? store_scope(&m->store, world, user, make) : NULL;

    free(world);
    return scope;
}

static struct secret *secret_named(const struct scope *scope, const char *name) {
    for (size_t i = scope ? scope->count : 0; i-- > 0;)
        if (strcmp(scope->secrets[i]->name, name) == 0)
            return scope->secrets[i];
    return NULL;
}

const char *model_put(struct model *m, const char *key, const char *user,
                      const struct model_secret *secret, int64_t now_ms) {
    struct scope *scope = scope_of_key(m, key, user, true);
    struct secret *s = secret_named(scope, secret->name);

    if (!scope)
        return NULL;
    if (s && (s->gone || (s->expires && call_ms(s->expires) <= now_ms))) {
        scope_remove(scope, s);
        s = NULL;
    }
    if (!s)
        s = scope_add(&m->store, scope, secret->name);
    else if (m->rules.replace_moves)
        s->order = ++m->store.order;
    free(s->id);
    s->id = mem_strdup(secret->id);
    secret_set_payload(s, secret->payload);
    s->created = secret->created;
    s->expires = secret->expires;
    s->changed_ms = scope->changed_ms = now_ms;
    return s->id;
}

bool model_get(struct model *m, const char *key, const char *user, const char *name,
               int64_t now_ms, struct model_secret *out) {
    const struct secret *s = secret_named(scope_of_key(m, key, user, false), name);

    if (!s || s->gone || (s->expires && call_ms(s->expires) <= now_ms))
        return false;
    *out = (struct model_secret){s->name, s->id, s->payload, s->created, s->expires};
    return true;
}

void model_remove(struct model *m, const char *key, const char *user, const char *name,
                  int64_t now_ms) {
    struct scope *scope = scope_of_key(m, key, user, false);
    struct secret *s = secret_named(scope, name);

    if (!s)
        return;
    s->gone = true;
    s->changed_ms = scope->changed_ms = now_ms;
}
