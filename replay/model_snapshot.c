/* In: a request that may write. Out: its secret in the model, and the model as it was. */
#include "replay/model_snapshot.h"

#include <stdlib.h>

#include "core/mem.h"

static const char *scope_user(const struct replay_request *q) {
    return q->session->user && *q->session->user ? q->session->user : NULL;
}

void model_snapshot_take(struct model_snapshot *s, const struct replay_request *q) {
    char *key = http_credential(&q->request->headers, NULL);
    struct model_secret found;

    s->writes = key && q->key.name && (q->key.op == API_SET || q->key.op == API_DELETE);
    s->stood = s->writes && model_get(q->r->model, key, scope_user(q), q->key.name,
                                      q->now_ms, &found);
    if (s->stood) {
        s->id = mem_strdup(found.id);
        s->payload = mem_strdup(found.payload);
        s->created = found.created;
        s->expires = found.expires;
    }
    free(key);
}

void model_snapshot_restore(const struct model_snapshot *s,
                            const struct replay_request *q) {
    char *key = http_credential(&q->request->headers, NULL);
    struct model_secret was = {q->key.name, s->id, s->payload, s->created, s->expires};

    if (s->stood)
        model_put(q->r->model, key, scope_user(q), &was, q->now_ms);
    else if (s->writes)
        model_remove(q->r->model, key, scope_user(q), q->key.name, q->now_ms);
    free(key);
}

void model_snapshot_release(struct model_snapshot *s) {
    free(s->id);
    free(s->payload);
    *s = (struct model_snapshot){0};
}
