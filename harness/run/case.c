/* One case comes in. Its rows are run one after the other, each again if its answers
 * came too late; what it made is removed. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/case.h"
#include "harness/run/case_offer.h"
#include "harness/run/evidence.h"
#include "harness/run/request.h"
#include "harness/run/row.h"
#include "harness/run/row_keep.h"
#include "harness/run/step.h"

enum { MOST_ATTEMPTS = 3 }; /* of a row */

static json_t *target_variable(const struct run *r, const char *name) {
    const struct profile *p = r->target.profile;

    if (strcmp(name, "base_url") == 0)
        return json_string(p->base_url);
    if (strcmp(name, "secrets_per_scope") == 0)
        return json_integer(p->secrets_per_scope);
    if (strcmp(name, "expiry_grace") == 0)
        return json_sprintf("%lldms", (long long)p->expiry_grace_ms);
    return NULL;
}

static json_t *credential_variable(const struct run *r, const char *name) {
    const char *dot = strchr(name, '.');
    char *role = dot ? mem_strndup(name, (size_t)(dot - name)) : NULL;
    const struct credential *k =
        role ? profile_credential(r->target.profile, role) : NULL;
    const char *value = !k ? NULL : strcmp(dot, ".key") == 0 ? k->key : k->user;

    free(role);
    return value ? json_string(value) : NULL;
}

/* What no step has saved: users, names, the time, the target. */
static json_t *more_variables(void *context, const char *name) {
    struct case_run *c = context;
    const struct run *r = c->run;
    json_t *value;
    char *text;

    if (str_starts(name, "user.") || str_starts(name, "name.")) {
        text = name[0] == 'u' ? case_user(c, name + 5) : case_wire_name(c, name + 5);
        value = json_string(text);
        free(text);
        return value;
    }
    if (strcmp(name, "run") == 0)
        return json_string(r->prefix);
    if (strcmp(name, "case") == 0)
        return json_sprintf("%s-%u", r->prefix, c->number);
    if (strcmp(name, "once") == 0)
        return json_sprintf("%s-%s-%u", r->prefix, r->once, c->number);
    c->asked_now = c->asked_now || strcmp(name, "now") == 0;
    if (strcmp(name, "now") == 0)
        return json_integer((run_now_earliest(r) + run_now_latest(r)) / 2000);
    if (str_starts(name, "target."))
        return target_variable(r, name + 7);
    if (str_starts(name, "credential."))
        return credential_variable(r, name + 11);
    return NULL;
}

/* `name` is the whole of m->name, which ends at a NUL; NULL = they are the same. */
static void remove_one(struct case_run *c, const struct made *m, json_t *name) {
    const struct call *call =
        catalogue_effect(c->run->specs->catalogue, EFFECT_REMOVES);
    struct exchange x = {0};
    struct built b = {0};
    json_t *params = json_object(), *raw = json_object();

    json_object_set_new(raw, "$raw", name ? json_incref(name) : json_string(m->name));

    for (size_t i = 0; i < call->param_count; i++) {
        if (call->params[i].kind == PARAM_NAME)
            json_object_set(params, call->params[i].name, raw);
        if (call->params[i].kind == PARAM_SCOPE)
            json_object_set(params, call->params[i].name, m->scope);
    }
    build_call(c, NULL, call, params, &b);
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    add_authorization(&c->run->target, NULL, m->role, &x.request.headers);
    run_send(c, &x);
    if (x.failure || (x.response.status / 100 != 2 && x.response.status != 404 &&
                      !(m->refused && x.response.status / 100 == 4)))
        json_array_append_new(
            c->run->doc.leftovers,
            json_pack("{s:O, s:s, s:o}", "scope", m->scope, "name", m->name, "why",
                      x.failure
                          ? json_string(x.failure)
                          : json_sprintf("delete answered %d", x.response.status)));
    row_log_add(&c->log, &x, m->role, run_now_earliest(c->run), c->cleaning);
    built_release(&b);
    json_decref(params);
    json_decref(raw);
}

/* What a raw request left under a name that the target made of it. In the scope of a
 * user that the profile lists, only what has this run's prefix. */
static void look_after(struct case_run *c, const json_t *scope) {
    const struct call *list = catalogue_effect(c->run->specs->catalogue, EFFECT_LISTS);
    json_t *params = json_pack("{s:O}", "scope", scope), *body;
    struct exchange x = {0};
    struct built b = {0};

    build_call(c, NULL, list, params, &b);
    x.request = b.request;
    memset(&b.request, 0, sizeof(b.request));
    add_authorization(&c->run->target, NULL, "main", &x.request.headers);
    run_send(c, &x);
    body = jsonx_body(&x.response);
    for (size_t i = 0; i < json_array_size(json_object_get(body, "data")); i++) {
        const json_t *item = json_array_get(json_object_get(body, "data"), i);
        const char *name = jsonx_string(item, "name", NULL);
        struct made left = {.scope = json_deep_copy(scope),
                            .name = mem_strdup(name),
                            .role = mem_strdup("main")};

        if (name && (c->run->target.profile->user_count == 0 ||
                     str_starts(name, c->run->prefix)))
            remove_one(c, &left, json_object_get(item, "name"));
        json_decref(left.scope);
        free(left.name);
        free(left.role);
    }
    json_decref(body);
    exchange_release(&x);
    built_release(&b);
    json_decref(params);
}

static void clean_up(struct case_run *c) {
    c->cleaning = true;
    while (c->made_count > 0) {
        struct made *m = &c->made[--c->made_count];

        if (case_offer_keeps(c->run))
            c->run->kept++;
        else if (!c->run->target.lost)
            remove_one(c, m, NULL);
        else
            json_array_append_new(c->run->doc.leftovers,
                                  json_pack("{s:O, s:s, s:s}", "scope", m->scope,
                                            "name", m->name, "why", c->run->doc.gone));
        json_decref(m->scope);
        free(m->name);
        free(m->role);
    }
    for (size_t i = 0; i < json_array_size(c->looked_after) && !c->run->target.lost &&
                       !case_offer_keeps(c->run);
         i++)
        look_after(c, json_array_get(c->looked_after, i));
    json_decref(c->looked_after);
    c->looked_after = NULL;
    c->cleaning = false;
}

static void block_steps(struct case_run *c, const struct step *steps, size_t count,
                        enum verdict v, const char *why) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < steps[i].check_count; j++)
            check_record(c, &steps[i].checks[j], v, why, NULL, NULL);
        for (size_t j = 0; j < steps[i].branch_count; j++)
            block_steps(c, steps[i].branches[j].steps, steps[i].branches[j].step_count,
                        v, why);
    }
}

/* What its preparation did not make ready: each for what it lacks, or for that. */
static void block_row(struct case_run *c) {
    const struct test_case *t = c->test;
    bool no_answer = c->saw_unreachable || c->run->doc.gone;

    for (size_t i = 0; i < t->step_count; i++)
        if (!case_offer_skips(c, i))
            block_steps(c, &t->steps[i], 1, no_answer ? VERDICT_ERROR : VERDICT_BLOCKED,
                        c->blocked_why ? c->blocked_why : "its preparation failed");
        else
            block_steps(c, &t->steps[i], 1, VERDICT_SKIP, case_offer_why(c, i));
    c->lack = OFFER_ALL;
}

static void run_row(struct case_run *c) {
    const struct test_case *t = c->test;
    size_t i = 0;

    for (; i < t->given_count; i++)
        if (!step_run(c, &t->given[i], true))
            break;
    c->void_answer = c->void_answer || (i < t->given_count && c->late);
    if (i < t->given_count && !c->void_answer) {
        block_row(c);
        return;
    }
    for (i = 0; i < t->step_count && !c->void_answer; i++)
        if (case_offer_skips(c, i))
            block_steps(c, &t->steps[i], 1, VERDICT_SKIP, case_offer_why(c, i));
        else
            step_run(c, &t->steps[i], false);
    c->lack = OFFER_ALL;
}

/* A row may name users and the like itself. */
static void set_row_value(struct case_run *c, const char *key, const json_t *value) {
    char missing[64];
    json_t *filled = vars_fill(&c->vars, value, missing);

    if (filled)
        vars_set(&c->vars, key, filled);
    json_decref(filled);
}

void case_vars(struct case_run *c) {
    c->vars = (struct vars){.map = json_object(), .more = more_variables, .context = c};
}

/* Numbers are places in the suite: the same seed gives the same names, in whatever
 * order the cases are run. */
static void begin_row(struct case_run *c, const json_t *row, unsigned index,
                      unsigned attempt) {
    json_t *object = (json_t *)(uintptr_t)row;

    c->row = row;
    c->attempt = attempt;
    c->number = c->first_number + index +
                (attempt + (c->again ? MOST_ATTEMPTS : 0)) * c->run->rows;
    c->checks = json_array();
    c->users = json_object();
    c->acked = json_object();
    c->void_answer = c->late = c->saw_unreachable = false;
    c->unfit = NULL;
    c->last_second = 0;
    c->doubt[0] = '\0';
    c->lack = OFFER_ALL;
    c->moved = false;
    c->timed = false;
    c->clock_steps = c->run->target.clock.steps;
    c->judged_us = clock_steady_us();
    c->log = (struct row_log){.began_ms = run_now_earliest(c->run)};
    case_vars(c);
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        set_row_value(c, json_object_iter_key(i), json_object_iter_value(i));
}

static void end_row(struct case_run *c, bool keep) {
    clean_up(c);
    if (keep) {
        row_keep_choices(c);
        if (c->run->options->red_again && !c->again)
            row_keep(c);
        json_array_extend(c->run->doc.checks, c->checks);
    }
    row_log_release(&c->log);
    json_decref(c->checks);
    json_decref(c->users);
    json_decref(c->acked);
    vars_release(&c->vars);
    free(c->blocked_why);
    free(c->plan);
    c->plan = NULL;
    c->blocked_why = NULL;
    c->checks = c->users = c->acked = NULL;
}

/* Nothing of the row can be asked of this target: nothing is sent. */
static bool is_not_offered(struct case_run *c) {
    for (size_t i = 0; i < c->test->step_count; i++)
        if (!case_offer_skips(c, i))
            return false;
    for (size_t i = 0; i < c->test->step_count; i++)
        block_steps(c, &c->test->steps[i], 1, VERDICT_SKIP, case_offer_why(c, i));
    c->lack = OFFER_ALL;
    return true;
}

static void skip_row(struct case_run *c, const char *why) {
    json_array_clear(c->checks);
    block_steps(c, c->test->steps, c->test->step_count, VERDICT_SKIP, why);
}

/* The target's clock was set while the row went by it, or while something turned red. */
static void note_clock_step(struct case_run *c) {
    const struct server_clock *clock = &c->run->target.clock;

    if (clock->steps == c->clock_steps)
        return;
    row_doubt(c, VERDICT_SKIP, "the target's clock was set meanwhile, by %+.1f s",
              (double)clock->last_step_ms / 1000.0);
    c->void_answer = c->void_answer || c->timed;
}

/* An answer that came too late to prove anything, or was not the target's: once more,
 * twice at most. */
static void run_row_until_valid(struct case_run *c, const json_t *row, unsigned index) {
    for (unsigned attempt = 0;; attempt++) {
        begin_row(c, row, index, attempt);
        case_offer_row(c);
        if (is_not_offered(c)) {
            end_row(c, true);
            return;
        }
        run_row(c);
        note_clock_step(c);
        if (!c->void_answer && row_proves_nothing(c) && !c->run->doc.gone) {
            c->void_answer = attempt < MOST_ATTEMPTS - 1;
            if (!c->void_answer)
                row_excuse(c);
        }
        if (!c->void_answer || c->run->doc.gone) {
            if (c->run->doc.gone)
                row_excuse(c);
            end_row(c, true);
            return;
        }
        if (c->unfit) {
            skip_row(c, c->unfit);
            end_row(c, true);
            return;
        }
        if (attempt == MOST_ATTEMPTS - 1) {
            skip_row(c, *c->doubt ? c->doubt
                                  : "the answers came too late to prove anything, "
                                    "three times");
            end_row(c, true);
            return;
        }
        end_row(c, false);
    }
}

void case_main(void *context) {
    struct case_run *c = context;
    const json_t *rows = c->test->for_each;
    size_t count = rows ? json_array_size(rows) : 1;

    c->started_ms = clock_steady_ms();
    for (size_t i = 0; i < count; i++) {
        const json_t *row = rows ? json_array_get(rows, i) : NULL;

        if (c->skip || c->run->doc.gone) {
            begin_row(c, row, (unsigned)i, 0);
            block_steps(c, c->test->steps, c->test->step_count,
                        c->skip ? VERDICT_SKIP : VERDICT_ERROR,
                        c->skip ? c->skip : c->run->doc.gone);
            end_row(c, true);
        } else {
            run_row_until_valid(c, row, (unsigned)i);
        }
    }
    c->duration_ms = clock_steady_ms() - c->started_ms;
    c->done = true;
}
