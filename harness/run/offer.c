/* A case and a profile come in. Whether the case needs what the target does not offer goes
 * out. */
#include "harness/run/offer.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"

struct feature {
    const char *name, *why;
    int effect;           /* of a call that needs it, or -1 */
    const char *words[4]; /* what stands in the parameters of a step that needs it */
    const char *auth;     /* a scheme that needs it, or NULL */
};

#define WHY(what) "the profile says that it does without " what

static const struct feature features[] = {
    {"list", WHY("list"), EFFECT_LISTS, {NULL}, NULL},
    {"delete", WHY("delete"), EFFECT_REMOVES, {"secrets/delete"}, NULL},
    {"users", WHY("users"), -1, {"\"user\"", "scope[user]", "scope%5Buser"}, NULL},
    {"account", WHY("account"), -1, {"account"}, NULL},
    {"expiry", WHY("expiry"), -1, {"expires_"}, NULL},
    {"pagination",
     WHY("pagination"),
     -1,
     {"limit", "starting_after", "ending_before"},
     NULL},
    {"expand", WHY("expand"), -1, {"expand"}, NULL},
    {"idempotency", WHY("idempotency"), -1, {"dempotency-"}, NULL},
    {"bearer", WHY("bearer"), -1, {"Bearer "}, "bearer"},
};

static bool has_words(const json_t *tree, const struct feature *f) {
    struct buf text = BUF_INIT(1 << 20);
    bool has = false;

    if (!tree)
        return false;
    jsonx_add(&text, tree);
    for (size_t i = 0; i < ARRAY_LEN(f->words) && f->words[i]; i++)
        has = has || strstr(text.ptr, f->words[i]);
    buf_release(&text);
    return has;
}

static bool steps_need(const struct step *steps, size_t count,
                       const struct feature *f) {
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];

        if ((s->call && (int)s->call->effect == f->effect) ||
            (f->auth && s->auth && strcmp(s->auth, f->auth) == 0) ||
            has_words(s->params, f) || has_words(s->headers, f) ||
            has_words(s->extra, f))
            return true;
        for (size_t b = 0; b < s->branch_count; b++)
            if (steps_need(s->branches[b].steps, s->branches[b].step_count, f))
                return true;
    }
    return false;
}

static bool is_without(const struct profile *p, const char *name) {
    for (size_t i = 0; i < p->without_count; i++)
        if (strcmp(p->without[i], name) == 0)
            return true;
    return false;
}

const char *offer_lacks(const struct profile *p, const struct test_case *t) {
    for (size_t i = 0; i < ARRAY_LEN(features); i++)
        if (is_without(p, features[i].name) &&
            (has_words(t->for_each, &features[i]) ||
             steps_need(t->given, t->given_count, &features[i]) ||
             steps_need(t->steps, t->step_count, &features[i])))
            return features[i].why;
    return NULL;
}
