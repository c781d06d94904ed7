/* A POST with an Idempotency-Key comes in. The first answer of that key goes out again,
 * or a refusal, or nothing: then the call is done and remembered. */
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/mem.h"

/* PROTO-2: the first answer for a key, by account and mode. */
struct remembered {
    char *slot, *request; /* world and key; what was asked, canonical */
    char *user;           /* whose scope it was about; NULL = the account's */
    struct http_response answer;
    int64_t made_ms;
    struct remembered *next;
};

static char *slot_of(const struct model_call *c, const char *key) {
    return mem_printf("%s\n%s", c->rules->idempotency_any_account ? "all" : c->world,
                      key);
}

/* Operation and parameters, whatever their order or encoding. */
static char *canonical(const struct model_call *c) {
    const char *body = c->request->body ? c->request->body : "";
    char *params = c->rules->idempotency_by_order
                       ? mem_strdup(body)
                       : json_dumps(c->params, JSON_SORT_KEYS | JSON_COMPACT);
    char *text = c->rules->idempotency_any_call
                     ? mem_strdup(c->name)
                     : mem_printf("%d %s", (int)c->op, params);

    free(params);
    return text;
}

static const char *key_of(const struct model_call *c) {
    const char *key;

    if (strcmp(c->request->method, "POST") != 0 || c->rules->idempotency_ignored)
        return NULL;
    key = http_headers_get(&c->request->headers, "Idempotency-Key");
    return key && *key ? key : NULL; /* an empty one is none */
}

static struct remembered *recall(const struct model_call *c, const char *key) {
    char *slot = slot_of(c, key);
    struct remembered *r = c->m->remembered;

    while (r && (strcmp(r->slot, slot) != 0 || (c->rules->idempotency_forgets_soon &&
                                                c->now_ms - r->made_ms > 600000)))
        r = r->next;
    free(slot);
    return r;
}

static void repeat(struct model_call *c, const struct remembered *r) {
    http_response_release(c->answer);
    http_response_copy(c->answer, &r->answer);
    if (!c->rules->replay_unmarked)
        http_headers_set(&c->answer->headers, "Idempotent-Replayed", "true");
}

bool idempotency_before(struct model_call *c) {
    const char *key = key_of(c);
    struct remembered *r = key ? recall(c, key) : NULL;
    char *request;
    bool same;

    if (key && strlen(key) > 255) {
        call_refuse(c, 400, "invalid_request_error", NULL, NULL,
                    "Idempotency keys are at most 255 characters long.");
        return true;
    }
    if (!r)
        return false;
    request = canonical(c);
    same = strcmp(request, r->request) == 0;
    free(request);
    if (!same && c->rules->idempotency_any_params)
        return false;
    if (!same) {
        call_refuse(
            c, 400, "idempotency_error", NULL, NULL,
            "Keys for idempotent requests can only be used with the same parameters "
            "they were first used with. Try using a key other than '%s' if you meant "
            "to execute a different request.",
            key);
        return true;
    }
    if (c->rules->idempotency_stores && !r->answer.status)
        return false;
    if (c->rules->idempotency_stores) {
        struct http_response unseen = {0}, *shown = c->answer;

        c->answer = &unseen;
        call_run(c);
        c->answer = shown;
        http_response_release(&unseen);
    }
    repeat(c, r);
    return true;
}

void idempotency_after(struct model_call *c) {
    const char *key = key_of(c);
    struct remembered *r;

    if (!key || (c->bad_params && !c->rules->idempotency_keeps_refusals) ||
        !c->params || (c->answer->status == 404 && c->rules->idempotency_forgets_404) ||
        recall(c, key))
        return;
    r = mem_new(1, sizeof(*r));
    r->slot = slot_of(c, key);
    r->request = canonical(c);
    r->made_ms = c->now_ms;
    r->user = mem_strdup(c->user);
    http_response_copy(&r->answer, c->answer);
    r->next = c->m->remembered;
    c->m->remembered = r;
}

static void remembered_free(struct remembered *r) {
    free(r->slot);
    free(r->request);
    free(r->user);
    http_response_release(&r->answer);
    free(r);
}

static bool is_of(const struct remembered *r, const char *world, const char *user) {
    size_t n = world ? strlen(world) : 0;

    return (!user == !r->user && (!user || strcmp(user, r->user) == 0)) &&
           (!world || (strncmp(r->slot, world, n) == 0 && r->slot[n] == '\n'));
}

void idempotency_forget(struct model *m, const char *world, const char *user) {
    for (struct remembered **at = &m->remembered; *at;) {
        struct remembered *r = *at;

        if (is_of(r, world, user)) {
            *at = r->next;
            remembered_free(r);
        } else {
            at = &r->next;
        }
    }
}

void idempotency_clear(struct model *m) {
    for (struct remembered *r = m->remembered, *next; r; r = next) {
        next = r->next;
        remembered_free(r);
    }
    m->remembered = NULL;
}
