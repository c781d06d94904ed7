/* A time of the recorded answer comes in. The time that it is here goes out. */
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "replay/rendering.h"

enum { A_DAY = 86400 };

/* What was asked for here, when it answered what was asked for there, or nearly. */
static bool time_asked(const struct replay_request *q, const struct request_key *there,
                       int64_t seconds, int64_t *here) {
    int64_t off;

    if (there->expires_at <= 0 || q->key.expires_at <= 0)
        return false;
    off = seconds - epoch_seconds(there->expires_at);
    *here = epoch_seconds(q->key.expires_at) + off;
    return off > -A_DAY && off < A_DAY;
}

/* Of the set that a secret lives by here, where the answer shows that of another. */
static bool time_that_stands(const struct rendering *g, const struct binding *n,
                             bool created, int64_t there, int64_t *here) {
    const struct request_key *made;

    if (!g->shown ||
        jsonx_int(g->shown, created ? "created" : "expires_at", 0) != there)
        return false;
    made = &g->q->shown->key;
    if (created)
        *here = n->created_here;
    else if (n->expires_here && made->expires_at > 0)
        *here =
            n->expires_here + epoch_seconds(there) - epoch_seconds(made->expires_at);
    else
        *here = n->expires;
    return true;
}

int64_t rendering_seconds(const struct rendering *g, const struct binding *n,
                          const char *key, int64_t there) {
    bool expires = strcmp(key, "expires_at") == 0,
         created = strcmp(key, "created") == 0;
    int64_t seconds = epoch_seconds(there), here;

    if (n && expires && seconds == n->ended_there &&
        seconds != epoch_seconds(g->t->key.expires_at))
        return n->ended_here;
    /* a set answers what was asked for, even under another name */
    if (expires && ((n && n == g->q->name) || g->t->key.op == API_SET) &&
        time_asked(g->q, &g->t->key, seconds, &here))
        return here; /* though it was replaced since */
    if (n && (expires || created) && time_that_stands(g, n, created, there, &here))
        return here;
    if (n && expires && n->expires_there)
        return seconds + n->expires_here - n->expires_there;
    if (expires && g->q->name && seconds == g->q->name->expires_there)
        return g->q->name->expires_here; /* under another name */
    if (n && created && seconds == n->before_there && seconds != n->created_there)
        return n->before_here; /* the answer of another time, again */
    if (n && !expires && n->created_there && (created || n->created_there == seconds))
        return seconds + n->created_here - n->created_there;
    return seconds + (g->own ? g->q->session->shift : g->q->now - g->t->now);
}

int64_t rendering_time(const struct rendering *g, const json_t *object, const char *key,
                       int64_t there) {
    const struct resource_pair *pair =
        rendering_pair(g, jsonx_string(object, "id", ""), false);
    int64_t unit = epoch_unit(there);

    if (pair && pair->born)
        return there + pair->shift * unit;
    return rendering_seconds(g, rendering_binding(g, object), key, there) * unit +
           there % unit;
}

bool rendering_is_time(const char *key) {
    return key && (strcmp(key, "created") == 0 || strcmp(key, "expires_at") == 0);
}

/* A member of the implementation's own that can only be a time. */
bool rendering_is_near(const struct rendering *g, int64_t value) {
    return epoch_is_near(value, g->t->now);
}
