#include "core/replay/repeats.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/replay/parts.h"

enum { KEPT = 4096 };

void repeats_init(struct repeats *r) {
    *r = (struct repeats){.index = json_object()};
}

static void repeat_release(struct repeat *p) {
    free(p->key);
    free(p->what);
    if (p->first)
        http_response_release(&p->first->response);
    free(p->first);
    memset(p, 0, sizeof(*p));
}

void repeats_release(struct repeats *r) {
    for (size_t i = 0; i < r->count; i++)
        repeat_release(&r->items[i]);
    free(r->items);
    json_decref(r->index);
    memset(r, 0, sizeof(*r));
}

static char *key_of(const struct asking *q) {
    return q->asked.idempotency && strcmp(q->request->method, "POST") == 0
               ? mem_printf("%s\n%d\n%s", q->account, q->live, q->asked.idempotency)
               : NULL;
}

static const char *or_empty(const char *text) {
    return text ? text : "";
}

static char *what_of(const struct asking *q) {
    const struct asked *a = &q->asked;

    return mem_printf("%s\n%s\n%s\n%s\n%s", a->shape, or_empty(a->name),
                      or_empty(a->user), or_empty(a->payload), or_empty(a->expires));
}

/* Did the recorded implementation do a thing twice for one key? */
static bool ignored_there(const struct stories *s) {
    for (size_t i = 0; i < s->count; i++) {
        const struct tale *t = &s->tales[i];

        if (!t->repeated || !t->works || t->overlaps)
            continue;
        for (size_t k = i; k-- > 0;) {
            const struct tale *o = &s->tales[k];

            if (o->works && o->story == t->story && o->name == t->name &&
                o->asked.idempotency &&
                strcmp(o->asked.idempotency, t->asked.idempotency) == 0 &&
                strcmp(o->asked.shape, t->asked.shape) == 0)
                return o->x->response.body_len != t->x->response.body_len ||
                       memcmp(o->x->response.body, t->x->response.body,
                              o->x->response.body_len) != 0;
        }
    }
    return false;
}

static const struct repeat *find(const struct asking *q, const char *key) {
    const json_t *known = json_object_get(q->r->repeats.index, key);

    return known ? &q->r->repeats.items[json_integer_value(known)] : NULL;
}

static void answer_first(const struct repeat *p, struct replay_answer *answer) {
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

bool repeats_answer(struct asking *q, struct replay_answer *answer) {
    char *key = key_of(q), *what = NULL;
    const struct repeat *p = key ? find(q, key) : NULL;
    json_t *error;

    if (!p || ignored_there(q->r->stories)) {
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

void repeats_keep(struct asking *q, const struct replay_answer *answer) {
    int status = answer->response.status;
    char *key = status / 100 == 2 || status == 404 ? key_of(q) : NULL;
    struct repeats *r = &q->r->repeats;
    struct repeat *p;

    if (!key || answer->label == REPLAY_MISS || find(q, key)) {
        free(key);
        return;
    }
    if (!r->items)
        r->items = mem_new(KEPT, sizeof(*r->items));
    p = &r->items[r->at];
    if (p->key) {
        json_object_del(r->index, p->key);
        repeat_release(p);
    }
    *p = (struct repeat){key, what_of(q), mem_new(1, sizeof(*p->first))};
    *p->first = *answer;
    memset(&p->first->response, 0, sizeof(p->first->response));
    p->first->response.status = status;
    http_headers_copy(&p->first->response.headers, &answer->response.headers);
    http_response_body(&p->first->response,
                       answer->response.body ? answer->response.body : "",
                       answer->response.body_len);
    json_object_set_new(r->index, key, json_integer((json_int_t)r->at));
    r->at = (r->at + 1) % KEPT;
    r->count += r->count < KEPT;
}
