/* A request on its way comes in. In which state its secret is goes out, and whether a
 * recorded credential is its own. */
#include "replay/replay_request.h"

#include <string.h>

char recorded_state_class(const struct interaction *t) {
    if (t->name < 0)
        return '-';
    if (t->before.name_effect >= 0)
        return t->before.expired ? 'x' : 'p';
    return t->before.name_write == NO_WRITE ? 'n' : 'd';
}

char current_state_class(const struct replay_request *q) {
    const struct binding *n = q->name;

    if (!n)
        return '-';
    if (n->alive)
        return binding_expired(n, q->now) ? 'x' : 'p';
    return n->write == NO_WRITE ? 'n' : 'd';
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool same_credential(const struct replay_request *q, const struct interaction *t) {
    if (!*q->account) /* unknown keys are all alike */
        return !*q->r->histories->items[t->history].account;
    return same_text(q->token, t->key.credential);
}
