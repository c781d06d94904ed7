/* A request with a key comes in. The first answer of that key goes out again. */
#include "replay/idempotency_memory.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "replay/fallback.h"

enum { KEPT = 4096 };

struct remembered_answer {
    char *key, *what;     /* the account's key, and what was asked with it */
    char *account, *user; /* whose scope it was about */
    struct replay_answer *first;
};

struct idempotency_memory {
    struct remembered_answer *items; /* a ring */
    size_t at, count;
    json_t *index; /* key -> item */
};

struct idempotency_memory *idempotency_memory_new(void) {
    struct idempotency_memory *r = mem_new(1, sizeof(*r));

    r->index = json_object();
    return r;
}

static void remembered_release(struct remembered_answer *p) {
    free(p->key);
    free(p->what);
    free(p->account);
    free(p->user);
    if (p->first)
        http_response_release(&p->first->response);
    free(p->first);
    memset(p, 0, sizeof(*p));
}

void idempotency_memory_free(struct idempotency_memory *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        remembered_release(&r->items[i]);
    free(r->items);
    json_decref(r->index);
    free(r);
}

void idempotency_memory_forget(struct idempotency_memory *r, const char *account,
                               const char *user) {
    for (size_t i = 0; i < r->count; i++) {
        struct remembered_answer *p = &r->items[i];

        if (p->key && (!account || strcmp(p->account, account) == 0) &&
            !user == !p->user && (!user || strcmp(user, p->user) == 0)) {
            json_object_del(r->index, p->key);
            remembered_release(p);
        }
    }
}

static char *key_of(const struct replay_request *q) {
    return q->key.idempotency && strcmp(q->request->method, "POST") == 0
               ? mem_printf("%s\n%d\n%s\n%s", q->account, q->live,
                            q->token ? q->token : "", q->key.idempotency)
               : NULL;
}

static const char *or_empty(const char *text) {
    return text ? text : "";
}

static char *what_of(const struct replay_request *q) {
    const struct request_key *a = &q->key;

    return mem_printf("%s\n%s\n%s\n%s\n%s", a->fingerprint, or_empty(a->name),
                      or_empty(a->user), or_empty(a->payload), or_empty(a->expires));
}

/* Did the recorded implementation do a thing twice for one key? */
static bool ignored_there(const struct histories *s) {
    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];

        if (!t->repeated || !t->succeeded || has_doubt(t, DOUBT_CONCURRENT))
            continue;
        for (size_t k = i; k-- > 0;) {
            const struct interaction *o = &s->interactions[k];

            if (o->succeeded && o->history == t->history && o->name == t->name &&
                o->key.idempotency &&
                strcmp(o->key.idempotency, t->key.idempotency) == 0 &&
                strcmp(o->key.fingerprint, t->key.fingerprint) == 0)
                return o->x->response.body_len != t->x->response.body_len ||
                       memcmp(o->x->response.body, t->x->response.body,
                              o->x->response.body_len) != 0;
        }
    }
    return false;
}

static const struct remembered_answer *find(const struct replay_request *q,
                                            const char *key) {
    const json_t *known = json_object_get(q->r->idempotency->index, key);

    return known ? &q->r->idempotency->items[json_integer_value(known)] : NULL;
}

static void answer_first(const struct remembered_answer *p,
                         struct replay_answer *answer) {
    const struct http_response *first = &p->first->response;

    *answer = *p->first;
    memset(&answer->response, 0, sizeof(answer->response));
    answer->response.status = first->status;
    http_headers_copy(&answer->response.headers, &first->headers);
    http_headers_set(&answer->response.headers, "Idempotent-Replayed", "true");
    http_response_body(&answer->response, first->body ? first->body : "",
                       first->body_len);
    if (answer->label == REPLAY_RECORDED)
        answer->label = REPLAY_DERIVED;
}

bool idempotency_memory_answer(struct replay_request *q, struct replay_answer *answer) {
    char *key = key_of(q), *what = NULL;
    const struct remembered_answer *p = key ? find(q, key) : NULL;
    json_t *error;

    if (!p || ignored_there(q->r->histories)) {
        free(key);
        return false;
    }
    what = what_of(q);
    if (strcmp(what, p->what) == 0) {
        answer_first(p, answer);
    } else {
        error = json_pack("{s:{s:s, s:s}}", "error", "message",
                          "Keys for idempotent requests can only be used with the same "
                          "parameters they were first used with.",
                          "type", "idempotency_error");
        answer->response.status = 400;
        http_headers_add(&answer->response.headers, "Content-Type", "application/json");
        answer_refusal(q, error, answer);
        if (!answer->response.body) {
            char *text = json_dumps(error, JSON_INDENT(2));

            http_response_body_take(&answer->response, text, strlen(text));
        }
        json_decref(error);
    }
    free(what);
    free(key);
    return true;
}

void idempotency_memory_keep(struct replay_request *q,
                             const struct replay_answer *answer) {
    int status = answer->response.status;
    char *key = status / 100 == 2 || status == 404 ? key_of(q) : NULL;
    struct idempotency_memory *r = q->r->idempotency;
    struct remembered_answer *p;

    if (!key || answer->label == REPLAY_MISS || find(q, key)) {
        free(key);
        return;
    }
    if (!r->items)
        r->items = mem_new(KEPT, sizeof(*r->items));
    p = &r->items[r->at];
    if (p->key) {
        json_object_del(r->index, p->key);
        remembered_release(p);
    }
    *p = (struct remembered_answer){.key = key,
                                    .what = what_of(q),
                                    .account = mem_strdup(q->account),
                                    .user = mem_strdup(q->session->user),
                                    .first = mem_new(1, sizeof(*p->first))};
    *p->first = *answer;
    memset(&p->first->response, 0, sizeof(p->first->response));
    p->first->response.status = status;
    http_headers_copy(&p->first->response.headers, &answer->response.headers);
    http_response_body(&p->first->response,
                       answer->response.body ? answer->response.body : "",
                       answer->response.body_len);
    json_object_set_new_nocheck(r->index, key, json_integer((json_int_t)r->at));
    r->at = (r->at + 1) % KEPT;
    r->count += r->count < KEPT;
}
