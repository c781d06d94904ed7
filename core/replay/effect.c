#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/recording/redaction.h"
#include "core/replay/parts.h"

/* When it ends: by what is asked for here; by what was asked for before, where the
 * recorded implementation kept that; else it is the implementation's own idea. */
static void learn_end(struct asking *q, const struct tale *t) {
    struct told_name *n = q->name;
    int64_t asked_there = t->asked.expires_at;
    bool asked = asked_there > 0 && q->asked.expires_at > 0;

    n->expires_there = asked ? asked_there : 0;
    n->expires_here = asked ? q->asked.expires_at : 0;
    n->expires = 0;
    if (!t->expires)
        return;
    if (t->expires == n->ended_there && t->expires != epoch_seconds(asked_there)) {
        n->expires_there = n->ended_there;
        n->expires_here = n->ended_here;
    }
    n->expires = t->expires + (n->expires_there ? n->expires_here - n->expires_there
                                                : q->now - t->now);
    if (!n->expires) /* 0 would be never */
        n->expires = -1;
    if (n->expires_there) {
        n->ended_there = t->expires;
        n->ended_here = n->expires;
    }
}

static void learn_times(struct asking *q, const struct tale *t, const json_t *body) {
    struct told_name *n = q->name;
    int64_t created = epoch_seconds(jsonx_int(body, "created", 0));

    if (created && created != n->created_there) {
        n->before_there = n->created_there;
        n->before_here = n->created_here;
        n->created_there = created;
        n->created_here = created + q->now - t->now;
    }
    learn_end(q, t);
}

static void tell_model(struct asking *q, const json_t *body, const char *payload) {
    const struct told_name *n = q->name;
    char *key = http_credential(&q->request->headers, NULL);
    const char *id = jsonx_string(body, "id", NULL);
    struct model_secret s = {n->here,
                             id ? telling_id(&q->r->tellings, q->telling, n, id) : "",
                             payload ? payload : "", n->created_here, n->expires};
    const char *user = q->telling->user && *q->telling->user ? q->telling->user : NULL;

    if (key && n->alive)
        model_put(q->r->model, key, user, &s, q->now_ms);
    else if (key)
        model_remove(q->r->model, key, user, n->here, q->now_ms);
    free(key);
}

static void bind_payload(struct asking *q, const char *there) {
    json_t *here = jsonx_text(q->asked.payload, strlen(q->asked.payload));

    json_object_set(q->telling->tokens, there, here);
    json_object_set(q->r->tellings.tokens, there, here);
    if (q->name && !q->name->tokens)
        q->name->tokens = json_object();
    if (q->name)
        json_object_set(q->name->tokens, there, here);
    json_decref(here);
}

static void bind_values(struct asking *q, const struct tale *t) {
    const char *there = t->asked.payload;
    struct tellings *g = &q->r->tellings;

    if (there && q->asked.payload && redaction_token(there, strlen(there)))
        bind_payload(q, there);
    if (t->asked.idempotency && q->asked.idempotency) {
        json_object_set_new(g->keys_here, q->asked.idempotency,
                            json_string(t->asked.idempotency));
        json_object_set_new(g->keys_there, t->asked.idempotency,
                            json_string(q->asked.idempotency));
    }
}

void follow_tale(struct asking *q, int tale) {
    const struct tale *t = &q->r->stories->tales[tale];
    struct telling *g = q->telling;
    json_t *body;

    if (!g->begun) {
        g->begun = true;
        g->shift = q->now - t->now;
    }
    if (g->used[t->position] < 255)
        g->used[t->position]++;
    bind_values(q, t);
    if (t->asked.op != ASKED_SET && t->asked.op != ASKED_DELETE)
        return;
    g->scope_write = tale;
    if (!q->name)
        return;
    q->name->write = tale;
    if (!t->works || t->repeated)
        return;
    body = jsonx_body(&t->x->response);
    told_write(g, q->name, t->asked.op == ASKED_SET, tale, q->now);
    q->name->effect = q->name->alive ? tale : NO_WRITE;
    if (q->name->alive)
        learn_times(q, t, body);
    tell_model(q, body, q->asked.payload);
    json_decref(body);
}

void undo_model(struct asking *q) {
    const struct told_name *n = q->name;
    const struct tale *set =
        n && n->effect >= 0 ? &q->r->stories->tales[n->effect] : NULL;
    const char *payload =
        set && set->asked.payload
            ? json_string_value(json_object_get(n->tokens, set->asked.payload))
            : NULL;
    json_t *body = set ? jsonx_body(&set->x->response) : NULL;

    if (n && (payload || !n->alive))
        tell_model(q, body, payload);
    json_decref(body);
}
