/* A loaded case comes in. The checks of its judged steps, as the model answers them, go
 * out. */
#include "harness/grid/play.h"

#include <stdlib.h>
#include <string.h>

#include "api/model/model.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/grid/play_expect.h"
#include "harness/run/attempt.h"
#include "harness/run/case.h"
#include "harness/run/evidence.h"
#include "harness/run/request.h"

enum { CAP = 1000 };

/* ---- a run that has the model for a target ---- */

struct play {
    struct spec_loader *l;
    struct run run;
    struct case_run c;
    struct credential credentials[4];
    struct profile profile;
    struct model *model;
    struct play_state state;
    json_t *placed; /* object: variables saved from a place of a list */
    size_t reading; /* 0 = the plain one */
};

/* A profile owns its strings; these live for ever, and nobody frees this profile. */
static char roles[][16] = {"main", "other_account", "live", "ui_extension"};
static char keys[][40] = {
    "sk_test_judgeMain0001aaaaaaaaaaaa", "sk_test_judgeOther002bbbbbbbbbbbb",
    "sk_live_judgeLive0003cccccccccccc", "sk_test_judgeUi000004dddddddddddd"};
static const char prefix[] = "assayjudge", own_case[] = "assayjudge-1";
static char ui_user[] = "usr_judge_ui", model_name[] = "model",
            model_url[] = "http://127.0.0.1";

static void begin(struct play *p, struct spec_loader *l, size_t reading) {
    struct model_rules rules = {.cap = CAP};

    *p = (struct play){.l = l, .reading = reading};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        p->credentials[i] =
            (struct credential){roles[i], keys[i], i == 3 ? ui_user : NULL};
    p->profile = (struct profile){.target = model_name,
                                  .base_url = model_url,
                                  .credentials = p->credentials,
                                  .credential_count = ARRAY_LEN(roles),
                                  .secrets_per_scope = CAP,
                                  .expiry_grace_ms = 1000};
    p->run.specs = l->specs;
    p->run.target.profile = &p->profile;
    p->placed = json_object();
    snprintf(p->run.prefix, sizeof(p->run.prefix), "%s", prefix);
    snprintf(p->run.once, sizeof(p->run.once), "once");
    snprintf(p->run.target.unknown_key, sizeof(p->run.target.unknown_key),
             "sk_test_nobody");
    p->c.run = &p->run;
    p->c.number = 1;
    p->c.users = json_object();
    case_vars(&p->c);
    p->model = model_new(&rules, 1);
    model_add_profile(p->model, &p->profile);
}

static void end(struct play *p) {
    json_decref(p->placed);
    json_decref(p->c.users);
    vars_release(&p->c.vars);
    model_free(p->model);
    play_state_release(&p->state);
}

static json_t *answer(struct play *p, struct http_request *q, const struct step *s,
                      const char *as, const json_t *sent) {
    struct exchange x = {0};
    json_t *result;

    add_authorization(&p->run.target, s, as, &q->headers);
    model_answer(p->model, q, run_now_latest(&p->run), &x.response);
    result = result_json(&p->c, &x, sent);
    http_response_release(&x.response);
    return result;
}

static size_t secrets_in(struct play *p, const json_t *scope, const char *as) {
    const struct call *list = catalogue_effect(p->l->specs->catalogue, EFFECT_LISTS);
    json_t *params = json_pack("{s:O, s:i}", "scope", scope, "limit", 100), *result;
    struct built b = {0};
    size_t count;

    build_call(&p->c, NULL, list, params, &b);
    result = answer(p, &b.request, NULL, as, NULL);
    count = json_array_size(jsonx_at(result, "/body/data"));
    json_decref(result);
    json_decref(params);
    built_release(&b);
    return count;
}

/* The lawful reading that is played now; NULL = the plain one. */
static const json_t *reading_of(const struct play *p, const struct step *s) {
    return p->reading ? json_array_get(s->lawful, p->reading - 1) : NULL;
}

/* The parameters and the step as this reading has them. */
static json_t *read_params(struct play *p, const struct step *s, struct step *as_read) {
    const json_t *instead = json_object_get(reading_of(p, s), "as_if");
    char missing[64];
    json_t *params = vars_fill(&p->c.vars, s->params, missing), *more, *copy;

    *as_read = *s;
    if (!params || !instead)
        return params;
    more = vars_fill(&p->c.vars, instead, missing);
    copy = json_copy(params);
    json_object_update(copy, more);
    json_decref(params);
    json_decref(more);
    as_read->again = NULL;
    return copy;
}

/* A walk's pages are the model's one list. */
static json_t *walk_as_list(const json_t *params) {
    json_t *list = json_copy((json_t *)(uintptr_t)params);

    json_object_del(list, "direction");
    json_object_del(list, "from");
    json_object_del(list, "max_pages");
    json_object_set_new(list, "limit", json_integer(100));
    return list;
}

static void add_walked(json_t *result) {
    const json_t *data = jsonx_at(result, "/body/data");
    json_t *ids = json_array(), *names = json_array();

    for (size_t i = 0; i < json_array_size(data); i++) {
        json_array_append(ids, json_object_get(json_array_get(data, i), "id"));
        json_array_append(names, json_object_get(json_array_get(data, i), "name"));
    }
    json_object_set_new(result, "ids", ids);
    json_object_set_new(result, "names", names);
    json_object_set(result, "items", (json_t *)(uintptr_t)data);
}

static json_t *play_call(struct play *p, const struct step *s, struct played *j) {
    struct step as_read;
    json_t *params = read_params(p, s, &as_read), *sent_params;
    struct built b = {0};

    if (!params)
        return NULL;
    j->walk = s->verb == VERB_WALK;
    j->as_if = json_object_get(reading_of(p, s), "as_if") != NULL;
    sent_params = j->walk ? walk_as_list(params) : json_incref(params);
    build_call(&p->c, &as_read, s->call, sent_params, &b);
    j->params = params; /* released by play_step() */
    j->scope = json_incref(b.scope);
    j->name = b.name && case_undo_name(&p->c, b.name) ? case_undo_name(&p->c, b.name)
                                                      : b.name;
    j->name = j->name ? loader_text(p->l, j->name) : NULL;
    if (s->call->effect == EFFECT_LISTS && b.scope)
        j->in_scope = secrets_in(p, b.scope, j->as);
    j->result = answer(p, &b.request, s, j->as, b.sent);
    if (j->walk)
        add_walked(j->result);
    json_decref(sent_params);
    built_release(&b);
    return j->result;
}

static json_t *play_request(struct play *p, const struct step *s) {
    struct exchange x = {0};
    char missing[64];
    json_t *params = vars_fill(&p->c.vars, s->params, missing), *result;

    if (!params)
        return NULL;
    request_build(params, &x.request);
    result = answer(p, &x.request, s, s->as, NULL);
    exchange_release(&x);
    json_decref(params);
    return result;
}

static void play_wait(struct play *p, const struct step *s) {
    char missing[64];
    json_t *params = vars_fill(&p->c.vars, s->params, missing);
    int64_t now = run_now_latest(&p->run), ms = 0, plus = 0, until = now;
    const char *after = jsonx_string(params, "plus", "");

    if (json_is_string(params) && str_to_duration(json_string_value(params), &ms))
        until = now + ms;
    if (!str_to_duration(after, &plus) && strcmp(after, "target.expiry_grace") == 0)
        plus = p->profile.expiry_grace_ms;
    if (json_object_get(params, "until"))
        until = jsonx_int(params, "until", 0) * 1000 + plus;
    if (json_object_get(params, "before"))
        until = jsonx_int(params, "before", 0) * 1000 - 1000;
    if (until > now)
        server_clock_shift(&p->run.target.clock, until - now);
    play_note_time(&p->state, run_now_latest(&p->run) / 1000);
    json_decref(params);
}

static void save(struct play *p, const struct step *s, const json_t *result) {
    for (size_t i = 0; i < s->save_count; i++) {
        const char *pointer = s->saves[i].pointer;
        json_t *value = jsonx_at(result, pointer);

        if (value)
            vars_set(&p->c.vars, s->saves[i].variable, value);
        if (strstr(pointer, "/data/") || str_starts(pointer, "/ids/"))
            json_object_set_new(p->placed, s->saves[i].variable, json_true());
        if (!value)
            json_object_del(p->c.vars.map, s->saves[i].variable);
    }
}

/* ---- judging ---- */

/* What the answers of one step may be, by each reading. */
struct verdicts {
    const char *clause;
    json_t *expects; /* array, each once */
};

static void add_expectation(struct verdicts *v, json_t *expect) {
    for (size_t i = 0; i < json_array_size(v->expects); i++)
        if (json_equal(json_array_get(v->expects, i), expect)) {
            json_decref(expect);
            return;
        }
    json_array_append_new(v->expects, expect);
}

static char *replaced(const char *text, const char *what, const char *with) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *found;

    while ((found = strstr(text, what))) {
        buf_add(&out, text, (size_t)(found - text));
        buf_adds(&out, with);
        text = found + strlen(what);
    }
    buf_adds(&out, text);
    return buf_take(&out, NULL);
}

/* A text with the names and users of this play as the variables that they come from. */
static json_t *text_with_variables(const struct play *p, const json_t *value) {
    char *text = replaced(json_string_value(value), ui_user,
                          "${credential.ui_extension.user}"),
         *next;
    const char *name;
    json_t *user, *made;

    json_object_foreach(p->c.users, name, user) {
        char *variable = mem_printf("${user.%s}", name);

        next = replaced(text, json_string_value(user), variable);
        free(variable);
        free(text);
        text = next;
    }
    next = replaced(text, own_case, "${case}");
    made = json_string(next);
    free(text);
    free(next);
    return made;
}

/* Steals the trie; new. */
static json_t *with_variables(const struct play *p, json_t *trie) {
    json_t *made = NULL, *value;
    const char *key;

    if (json_is_string(trie) &&
        strlen(json_string_value(trie)) == json_string_length(trie))
        made = text_with_variables(p, trie);
    else if (json_is_array(trie)) {
        made = json_array();
        for (size_t i = 0; i < json_array_size(trie); i++)
            json_array_append_new(
                made, with_variables(p, json_incref(json_array_get(trie, i))));
    } else if (json_is_object(trie)) {
        made = json_object();
        json_object_foreach(trie, key, value) {
            json_object_set_new(made, key, with_variables(p, json_incref(value)));
        }
    }
    if (!made)
        return trie;
    json_decref(trie);
    return made;
}

/* A reading that sends nothing to the model. True: this is one. */
static bool unplayed(const struct play *p, const struct step *s, struct verdicts *v) {
    const json_t *reading = reading_of(p, s);
    const char *word = json_string_value(reading);
    json_t *expect = json_object_get(reading, "expect");

    if (expect)
        add_expectation(v, json_incref(expect));
    else if (word && strcmp(word, "refused") == 0)
        add_expectation(v, play_expect_refusal());
    else if (word)
        add_expectation(v,
                        json_pack("{s:{s:i, s:i}}", "status", "$ge", 200, "$le", 499));
    return expect || word;
}

static void play_steps(struct play *p, const struct step *steps, size_t count,
                       struct verdicts *v, bool given);

static void play_once(struct play *p, const struct step *s, struct verdicts *v,
                      bool given) {
    struct played j = {.step = s,
                       .call = s->call,
                       .as = s->as,
                       .world = world_of(s->as),
                       .vars = &p->c.vars,
                       .placed = p->placed,
                       .state = &p->state};
    bool raw = s->verb == VERB_REQUEST;

    if (unplayed(p, s, v))
        return;
    j.result = raw ? play_request(p, s) : play_call(p, s, &j);
    if (j.result) {
        vars_set(&p->c.vars, "sent",
                 json_object_get(j.result, "sent") ? json_object_get(j.result, "sent")
                                                   : json_null());
        if (s->judge && v->expects) {
            if (!p->reading)
                v->clause = s->judge_clause ? s->judge_clause : play_clause(&j);
            add_expectation(v, with_variables(p, play_expect(&j)));
        }
        play_follow(&j);
        save(p, s, j.result);
    }
    (void)given;
    json_decref(j.result);
    json_decref((json_t *)(uintptr_t)j.params);
    json_decref((json_t *)(uintptr_t)j.scope);
}

static void play_step(struct play *p, const struct step *s, struct verdicts *v,
                      bool given) {
    json_int_t times = json_is_integer(s->repeat) ? json_integer_value(s->repeat) : 1;
    struct verdicts none = {NULL, NULL};

    for (json_int_t n = 1; n <= times; n++) {
        if (s->repeat) {
            json_t *number = json_integer(n);

            vars_set(&p->c.vars, "n", number);
            json_decref(number);
        }
        if (s->verb == VERB_WAIT)
            play_wait(p, s);
        else if (s->verb == VERB_PARALLEL)
            for (size_t b = 0; b < s->branch_count; b++)
                play_steps(p, s->branches[b].steps, s->branches[b].step_count, NULL,
                           given);
        else
            play_once(p, s, v && s->judge ? v : &none, given);
    }
}

static void play_steps(struct play *p, const struct step *steps, size_t count,
                       struct verdicts *v, bool given) {
    for (size_t i = 0; i < count; i++)
        play_step(p, &steps[i], v ? &v[i] : NULL, given);
}

static size_t readings(const struct test_case *c, size_t *judged) {
    size_t most = 0;

    *judged = 0;
    for (size_t i = 0; i < c->step_count; i++) {
        *judged += c->steps[i].judge != NULL;
        if (json_array_size(c->steps[i].lawful) > most)
            most = json_array_size(c->steps[i].lawful);
    }
    return most + 1;
}

/* The plain reading first: a red check shows how it differs from that. */
static void add_outcomes(struct spec_loader *l, struct check *k,
                         const json_t *expects) {
    size_t count = json_array_size(expects);

    k->outcomes = loader_own(l, count, sizeof(*k->outcomes));
    k->outcome_count = count;
    for (size_t i = 0; i < count; i++)
        k->outcomes[i] = (struct outcome){.verdict = VERDICT_PASS,
                                          .say = i ? "another lawful reading" : NULL,
                                          .expect = json_array_get(expects, i)};
}

static void make_check(struct spec_loader *l, struct step *s,
                       const struct verdicts *v) {
    struct check *checks = loader_own(l, s->check_count + 1, sizeof(*checks)), *k;
    json_t *expect = json_array_get(v->expects, 0);

    if (s->check_count)
        memcpy(checks + 1, s->checks, s->check_count * sizeof(*checks));
    s->checks = k = checks;
    s->check_count++;
    k->id = s->judge;
    k->clause = catalogue_clause(l->specs->catalogue, v->clause ? v->clause : "ERR-5");
    k->line = s->judge_place->line;
    k->column = s->judge_place->column;
    json_array_append(l->specs->trees, v->expects);
    if (json_array_size(v->expects) == 1)
        k->expect = expect;
    else
        add_outcomes(l, k, v->expects);
}

void play_case(struct spec_loader *l, struct test_case *c) {
    struct verdicts *v;
    size_t judged, count = readings(c, &judged);

    if (!judged)
        return;
    if (c->for_each) {
        diags_add(l->diags, l->doc->source, c->line, c->column,
                  "`judge` does not go with `for_each`: a grid has rows");
        return;
    }
    v = mem_new(c->step_count, sizeof(*v));
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].judge)
            v[i].expects = json_array();
    for (size_t r = 0; r < count; r++) {
        struct play p;

        begin(&p, l, r);
        play_steps(&p, c->given, c->given_count, NULL, true);
        play_steps(&p, c->steps, c->step_count, v, false);
        end(&p);
    }
    for (size_t i = 0; i < c->step_count; i++) {
        if (c->steps[i].judge)
            make_check(l, &c->steps[i], &v[i]);
        json_decref(v[i].expects);
    }
    free(v);
}
