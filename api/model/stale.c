/* A read and its true answer come in. What a cache that nobody cleared would say goes out. */
#include "api/model/call.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct stale {
    char *request; /* world, user of the key and target */
    struct http_response answer;
    size_t items; /* of a list */
    struct stale *next;
};

static bool any_cache(const struct model_rules *r) {
    return r->cache_keeps_replaced || r->cache_keeps_deleted ||
           r->cache_keeps_missing || r->list_cache_keeps_old ||
           r->list_cache_keeps_deleted || r->ui_reads_stale ||
           r->expanded_cache_keeps_replaced;
}

/* How often a secret is shown. */
static size_t count_items(const struct http_response *a) {
    size_t n = 0;
    const char *at = a->body ? a->body : "";

    while ((at = strstr(at, "\"apps.secret\""))) {
        at++;
        n++;
    }
    return n;
}

static bool is_kept(const struct model_call *c, const struct stale *s, size_t items) {
    const struct model_rules *r = c->rules;
    int before = s->answer.status, now = c->answer->status;
    bool changed = before == 200 && now == 200 &&
                   strcmp(s->answer.body ? s->answer.body : "",
                          c->answer->body ? c->answer->body : "") != 0;

    if (r->ui_reads_stale && c->key->user)
        return true;
    if (c->op == API_FIND)
        return (r->cache_keeps_replaced && changed) ||
               (r->expanded_cache_keeps_replaced && changed && c->expand) ||
               (r->cache_keeps_deleted && before == 200 && now == 404) ||
               (r->cache_keeps_missing && before == 404 && now == 200);
    return (r->list_cache_keeps_old && items > s->items) ||
           (r->list_cache_keeps_deleted && items < s->items);
}

void stale_answer(struct model_call *c) {
    char *request;
    struct stale *s = c->m->stale;
    size_t items;

    if ((c->op != API_FIND && c->op != API_LIST) || !c->key || !any_cache(c->rules))
        return;
    request = mem_printf("%s %s %s", c->world, c->key->user ? c->key->user : "",
                         c->request->target);
    items = count_items(c->answer);
    while (s && strcmp(s->request, request) != 0)
        s = s->next;
    if (s && is_kept(c, s, items)) {
        http_response_release(c->answer);
        http_response_copy(c->answer, &s->answer);
        free(request);
        return;
    }
    if (!s) {
        s = mem_new(1, sizeof(*s));
        s->request = request;
        s->next = c->m->stale;
        c->m->stale = s;
    } else {
        http_response_release(&s->answer);
        free(request);
    }
    http_response_copy(&s->answer, c->answer);
    s->items = items;
}

void stale_clear(struct model *m) {
    for (struct stale *s = m->stale, *next; s; s = next) {
        next = s->next;
        free(s->request);
        http_response_release(&s->answer);
        free(s);
    }
    m->stale = NULL;
}
