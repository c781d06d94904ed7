/* A rendering comes in, and an object, a token or an id of the recorded answer. What it
 * is bound to in this session goes out. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "recording/history/name_tokens.h"
#include "replay/rendering.h"

/* The secret that an object of an answer shows. */
const struct binding *rendering_binding(const struct rendering *g,
                                        const json_t *object) {
    const char *text = jsonx_string(object, "name", NULL);
    char *plain =
        text ? name_tokens_plain(g->q->r->histories->name_tokens, text) : NULL;
    const char *name = plain ? plain : text;
    const struct binding *n = NULL;

    if (g->q->name && (!name || (g->t->key.name && strcmp(name, g->t->key.name) == 0)))
        n = g->q->name;
    else if (g->own && name)
        n = session_binding_of(g->q->session, history_name_find(g->history, name));
    free(plain);
    return n;
}

/* The payload of another session may be that of the set which the secret lives by, and
 * then it is: nobody knows better. */
static const char *token_of_set(const struct rendering *g, const struct binding *n,
                                const char *token) {
    const struct histories *s = g->q->r->histories;
    int effect = n && n == g->q->name && g->t->before.name_effect >= 0
                     ? g->t->before.name_effect
                 : n ? n->effect
                     : NO_WRITE;
    const char *set = effect >= 0 ? s->interactions[effect].key.payload : NULL;

    return set && strcmp(set, token) != 0 &&
                   identity_compare(s->identity, set, token) != SAMENESS_DIFFERENT
               ? set
               : token;
}

/* Of that secret first: two that are told alike have payloads of their own. What the
 * shown set had is that of the set that stands here, under whatever name it is shown.
 */
const char *rendering_token(const struct rendering *g, const struct binding *n,
                            const char *token) {
    const struct interaction *shown = g->q->shown;
    const char *text;

    if (shown && strcmp(token, shown->key.payload) == 0) {
        n = g->q->name;
        token = g->q->r->histories->interactions[n->effect].key.payload;
    }
    token = token_of_set(g, n, token);
    text = n ? json_string_value(json_object_get(n->tokens, token)) : NULL;
    if (!text)
        text = json_string_value(json_object_get(g->q->session->tokens, token));
    return text ? text
                : json_string_value(json_object_get(g->q->r->sessions.tokens, token));
}

const struct resource_pair *rendering_pair(const struct rendering *g, const char *there,
                                           bool is_name) {
    return g->q->pairs ? resource_pairs_find(g->q->pairs, there, is_name) : NULL;
}

/* The id of what the answer shows, or of what stands here instead. */
const char *rendering_id(const struct rendering *g, const char *id) {
    return g->shown && strcmp(jsonx_string(g->shown, "id", ""), id) == 0
               ? jsonx_string(g->stands, "id", id)
               : id;
}
