/* The interaction that answers comes in. The session and the model know afterwards what
 * it did to the secret. */
#include "replay/apply.h"

#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "recording/redact/redactor.h"

/* The expiry: from this request; else what the implementation kept from an earlier one;
 * else its own default. */
static void learn_expiry(struct replay_request *q, const struct interaction *t) {
    struct binding *n = q->name;
    int64_t asked_there = t->key.expires_at;
    bool asked = asked_there > 0 && q->key.expires_at > 0;

    n->expires_there = asked ? asked_there : 0;
    n->expires_here = asked ? q->key.expires_at : 0;
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

static void learn_times(struct replay_request *q, const struct interaction *t,
                        const json_t *body) {
    struct binding *n = q->name;
    int64_t created = epoch_seconds(jsonx_int(body, "created", 0));

    if (created && created != n->created_there) {
        n->before_there = n->created_there;
        n->before_here = n->created_here;
        n->created_there = created;
        n->created_here = created + q->now - t->now;
    }
    learn_expiry(q, t);
}

static void update_model(struct replay_request *q, const json_t *body,
                         const char *payload) {
    const struct binding *n = q->name;
    char *key = http_credential(&q->request->headers, NULL);
    const char *id = jsonx_string(body, "id", NULL);
    struct model_secret s = {
        n->here, id ? session_id_here(&q->r->sessions, q->session, n, id) : "",
        payload ? payload : "", n->created_here, n->expires};
    const char *user = q->session->user && *q->session->user ? q->session->user : NULL;

    if (key && n->alive)
        model_put(q->r->model, key, user, &s, q->now_ms);
    else if (key)
        model_remove(q->r->model, key, user, n->here, q->now_ms);
    free(key);
}

static void bind_payload(struct replay_request *q, const char *there) {
    json_t *here = jsonx_text(q->key.payload, strlen(q->key.payload));

    json_object_set_nocheck(q->session->tokens, there, here);
    json_object_set_nocheck(q->r->sessions.tokens, there, here);
    if (q->name && !q->name->tokens)
        q->name->tokens = json_object();
    if (q->name)
        json_object_set_nocheck(q->name->tokens, there, here);
    json_decref(here);
}

static void bind_values(struct replay_request *q, const struct interaction *t) {
    const char *there = t->key.payload;
    struct sessions *g = &q->r->sessions;

    if (there && q->key.payload && redactor_token(there, strlen(there)))
        bind_payload(q, there);
    if (t->key.idempotency && q->key.idempotency) {
        json_object_set_new_nocheck(g->keys_here, q->key.idempotency,
                                    json_string_nocheck(t->key.idempotency));
        json_object_set_new_nocheck(g->keys_there, t->key.idempotency,
                                    json_string_nocheck(q->key.idempotency));
    }
}

void apply_interaction(struct replay_request *q, int interaction) {
    const struct interaction *t = &q->r->histories->interactions[interaction];
    struct session *g = q->session;
    json_t *body;

    if (!g->begun) {
        g->begun = true;
        g->shift = q->now - t->now;
    }
    if (g->used[t->position] < 255)
        g->used[t->position]++;
    bind_values(q, t);
    if (t->key.op != API_SET && t->key.op != API_DELETE)
        return;
    g->scope_write = interaction;
    if (!q->name)
        return;
    q->name->write = interaction;
    if (!t->succeeded || t->repeated)
        return;
    body = jsonx_body(&t->x->response);
    binding_write(g, q->name, t->key.op == API_SET, interaction, q->now);
    q->name->effect = q->name->alive ? interaction : NO_WRITE;
    if (q->name->alive)
        learn_times(q, t, body);
    update_model(q, body, q->key.payload);
    json_decref(body);
}

void undo_model(struct replay_request *q) {
    const struct binding *n = q->name;
    const struct interaction *set =
        n && n->effect >= 0 ? &q->r->histories->interactions[n->effect] : NULL;
    const char *payload =
        set && set->key.payload
            ? json_string_value(json_object_get(n->tokens, set->key.payload))
            : NULL;
    json_t *body = set ? jsonx_body(&set->x->response) : NULL;

    if (n && (payload || !n->alive))
        update_model(q, body, payload);
    json_decref(body);
}
