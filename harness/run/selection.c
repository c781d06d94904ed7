/* The specs and the options of a run come in. The cases to run go out, the slow ones
 * first, each other one with why it is skipped. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "harness/run/case_state.h"
#include "harness/run/offer.h"
#include "harness/run/selection.h"

static const char *why_skipped(const struct run *r, const struct test_case *t) {
    for (size_t i = 0; i < t->need_count; i++) {
        const struct need *n = &t->needs[i];
        int64_t cap = r->target.profile->secrets_per_scope;

        if (n->role && !profile_credential(r->target.profile, n->role))
            return strcmp(n->role, "live") == 0 ? "the profile has no credential live"
                   : strcmp(n->role, "other_account") == 0
                       ? "the profile has no credential other_account"
                       : "the profile has no credential ui_extension";
        if (n->secrets_per_scope && cap >= 0 && cap < n->secrets_per_scope)
            return "the profile's limits.secrets_per_scope is too small";
        if (n->capped && cap < 0)
            return "the profile says that a scope has no limit";
        if (n->own_users && r->target.profile->user_count)
            return "the profile lists the users, so that none can be made up";
        if (n->clock && !r->target.profile->clock_path)
            return "the profile has no clock that can be advanced";
    }
    if (r->options->fast && t->slow)
        return "left out by --fast";
    return NULL;
}

static unsigned shard_of(const char *suite, const char *id) {
    unsigned h = 2166136261U;

    for (; *suite; suite++)
        h = (h ^ (unsigned char)*suite) * 16777619U;
    for (h *= 31; *id; id++)
        h = (h ^ (unsigned char)*id) * 16777619U;
    return h ^ h >> 13;
}

static bool in_shard(const struct run_options *o, const struct test_case *t) {
    return !o->shards || shard_of(t->suite->name, t->id) % (unsigned)o->shards ==
                             (unsigned)(o->shard - 1);
}

bool run_takes(const struct run_options *o, const struct test_case *t) {
    return in_shard(o, t) && !(o->fast && t->slow);
}

struct selection {
    const struct run_options *options;
    json_t *cases; /* "suite/case" -> true */
};

static bool select_check(const struct test_case *t, const struct step *s,
                         const struct check *k, const json_t *row, const char *id,
                         void *context) {
    struct selection *sel = context;
    char *name = mem_printf("%s/%s", t->suite->name, t->id);

    (void)s, (void)row;
    if (run_selects(sel->options, id, name, k->clause->id))
        json_object_set_new(sel->cases, name, json_true());
    free(name);
    return true;
}

enum { FIRST_NUMBER = 10 }; /* below: preflight and the like */

static void add_case(struct run *r, const struct test_case *t, unsigned row,
                     const char *name) {
    struct case_run *c = mem_new(1, sizeof(*c));
    const char *slash = strrchr(t->suite->file, '/');

    c->run = r;
    c->first_number = FIRST_NUMBER + row;
    c->test = t;
    c->name = json_string(name);
    c->title = json_string(t->title);
    c->file = json_string(slash ? slash + 1 : t->suite->file);
    c->skip = why_skipped(r, t);
    r->cases = mem_grow(r->cases, r->case_count + 1, sizeof(*r->cases));
    r->cases[r->case_count++] = c;
}

void choose_cases(struct run *r) {
    const struct run_options *o = r->options;
    struct selection sel = {o, json_object()};
    bool some = o->filter || o->clause || o->only;

    if (some)
        specs_each_check(r->specs, select_check, &sel);
    for (int slow = 1; slow >= 0; slow--) {
        r->rows = 0;
        for (size_t i = 0; i < r->specs->suite_count; i++)
            for (size_t j = 0; j < r->specs->suites[i].case_count; j++) {
                const struct test_case *t = &r->specs->suites[i].cases[j];
                char *name = mem_printf("%s/%s", t->suite->name, t->id);

                if (t->slow == (slow == 1) && in_shard(o, t) &&
                    (!some || json_object_get(sel.cases, name)))
                    add_case(r, t, r->rows, name);
                r->rows += t->for_each ? (unsigned)json_array_size(t->for_each) : 1;
                free(name);
            }
    }
    json_decref(sel.cases);
}
