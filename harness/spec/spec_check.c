/* The checks of a step come in as YAML. Checks with their clause and their expectation
 * go out; a word that is not known is an error. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/match.h"
#include "core/match_check.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/spec/spec_load.h"
#include "harness/spec/vars.h"

static const char *const verdict_words[] = {
    "pass", "fail", "warn", "note", "skip", "blocked", "waived", "stale", "error"};

const char *verdict_name(enum verdict v) {
    return verdict_words[v];
}

static const char *const always_cached[] = {"run",
                                            "case",
                                            "once",
                                            "now",
                                            "target.base_url",
                                            "target.secrets_per_scope",
                                            "target.expiry_grace",
                                            "sent"};

static bool variable_known(const struct spec_loader *l, const char *name) {
    if (json_object_get(l->known, name))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(always_cached); i++)
        if (strcmp(always_cached[i], name) == 0)
            return true;
    return (str_starts(name, "user.") && name[5]) ||
           (str_starts(name, "name.") && name[5]) ||
           (str_starts(name, "sent.") && name[5]) ||
           (str_starts(name, "credential.") &&
            (str_ends(name, ".key") || str_ends(name, ".user")));
}

struct variable_check {
    struct spec_loader *l;
    const struct yaml_node *n;
};

static bool check_variable(const char *name, void *context) {
    struct variable_check *v = context;
    const char *words[64], *near;
    size_t count = 0;

    if (variable_known(v->l, name))
        return true;
    for (void *i = json_object_iter(v->l->known); i && count < 50;
         i = json_object_iter_next(v->l->known, i))
        words[count++] = json_object_iter_key(i);
    for (size_t i = 0; i < ARRAY_LEN(always_cached); i++)
        words[count++] = always_cached[i];
    near = str_nearest(name, words, count);
    loader_error(v->l, v->n, "unknown variable \"%.60s\"%s%s%s", name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return true;
}

void check_variables(struct spec_loader *l, const struct yaml_node *n) {
    if (n->kind == YAML_NODE_TEXT && strstr(n->text, "${")) {
        struct variable_check v = {l, n};
        json_t *text = jsonx_text(n->text, n->len);

        vars_names(text, check_variable, &v);
        json_decref(text);
    }
    for (size_t i = 0; i < n->count; i++)
        check_variables(l, n->items[i]);
}

static bool status_is_4xx(const json_t *status) {
    json_t *any = json_object_get(status, "$any_of");
    bool all = json_array_size(any) > 0;

    if (json_is_integer(status))
        return json_integer_value(status) >= 400 && json_integer_value(status) <= 499;
    for (size_t i = 0; i < json_array_size(any); i++)
        all = all && status_is_4xx(json_array_get(any, i));
    return all || jsonx_int(status, "$ge", 0) >= 400;
}

bool check_is_negative(const struct check *k) {
    bool any = false;

    if (k->expect)
        return status_is_4xx(json_object_get(k->expect, "status"));
    for (size_t i = 0; i < k->outcome_count; i++) {
        const struct outcome *o = &k->outcomes[i];

        if (o->verdict == VERDICT_PASS || o->verdict == VERDICT_NOTE) {
            any = true;
            if (!status_is_4xx(json_object_get(o->expect, "status")))
                return false;
        }
    }
    return any;
}

bool check_asks_for_order(const struct check *k) {
    bool any = json_object_get(k->expect, "linearizable") != NULL;

    for (size_t i = 0; i < k->outcome_count; i++)
        any = any || json_object_get(k->outcomes[i].expect, "linearizable");
    return any;
}

static void check_expectation(struct spec_loader *l, enum verb verb,
                              const struct yaml_node *expect) {
    const struct yaml_node *status = yaml_node_get(expect, "status");

    match_check(l->doc, expect, l->diags);
    check_result_members(l, verb, expect);
    check_variables(l, expect);
    if (status && status->kind == YAML_NODE_TEXT && !strchr(status->text, '$'))
        yaml_node_wrong(l->doc, status, "status", "a number like 200", l->diags);
}

static void load_outcome(struct spec_loader *l, enum verb verb,
                         const struct yaml_node *n, struct outcome *o) {
    static const char *const words[] = {"verdict", "say", "expect"};
    const struct yaml_node *verdict = yaml_node_get(n, "verdict"),
                           *say = yaml_node_get(n, "say");
    const struct yaml_node *expect = yaml_node_get(n, "expect");
    int found = -1;

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "outcomes", "a mapping", l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    for (int i = VERDICT_PASS; i <= VERDICT_NOTE; i++)
        if (yaml_node_is(verdict, verdict_words[i]))
            found = i;
    if (found < 0)
        loader_error(l, verdict ? verdict : n,
                     "verdict: expected pass, warn, note or fail");
    o->verdict = found < 0 ? VERDICT_FAIL : (enum verdict)found;
    o->place = expect ? expect : n;
    if (say && say->kind != YAML_NODE_TEXT)
        yaml_node_wrong(l->doc, say, "say", "text", l->diags);
    else if (say)
        o->say = loader_text(l, say->text);
    if (found == VERDICT_NOTE && !o->say)
        loader_error(l, n, "a note says something: give it `say`");
    if (expect) {
        if (expect->kind != YAML_NODE_MAP)
            yaml_node_wrong(l->doc, expect, "expect", "a mapping like {status: 200}",
                            l->diags);
        check_expectation(l, verb, expect);
        o->expect = loader_tree(l, expect);
    }
}

static void load_outcomes(struct spec_loader *l, enum verb verb,
                          const struct yaml_node *list, struct check *k) {
    if (list->kind != YAML_NODE_LIST || list->count == 0) {
        yaml_node_wrong(l->doc, list, "outcomes", "a list", l->diags);
        return;
    }
    k->outcomes = loader_own(l, list->count, sizeof(*k->outcomes));
    k->outcome_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        load_outcome(l, verb, list->items[i], &k->outcomes[i]);
        if (!k->outcomes[i].expect && i + 1 < list->count)
            loader_error(
                l, list->items[i],
                "an outcome without `expect` takes everything: it must be the last");
    }
}

const struct clause *load_clause_of(struct spec_loader *l, const struct yaml_node *n,
                                    const struct yaml_node *id) {
    const struct catalogue *c = l->specs->catalogue;
    const struct clause *clause;
    const char *words[256], *near;
    size_t count = 0;

    if (!id || id->kind != YAML_NODE_TEXT) {
        loader_error(l, id ? id : n,
                     "a check cites the clause that it proves: `clause` is %s",
                     id ? "not text" : "missing");
        return NULL;
    }
    clause = catalogue_clause(c, id->text);
    if (clause)
        return clause;
    for (size_t i = 0; i < c->clause_count && i < ARRAY_LEN(words); i++)
        words[count++] = c->clauses[i].id;
    near = str_nearest(id->text, words, count);
    loader_error(l, id, "unknown clause \"%.40s\"%s%s%s", id->text,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return NULL;
}

static bool id_text_ok(const char *id) {
    return *id && strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789.-${}_") == strlen(id);
}

static void load_check(struct spec_loader *l, enum verb verb, const struct yaml_node *n,
                       struct check *k) {
    static const char *const words[] = {"id", "clause", "expect", "outcomes"};
    const struct yaml_node *id = yaml_node_get(n, "id"),
                           *expect = yaml_node_get(n, "expect");
    const struct yaml_node *outcomes = yaml_node_get(n, "outcomes");

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "checks", "a mapping {id, clause, expect}",
                        l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    k->line = n->line;
    k->column = n->column;
    if (!id || id->kind != YAML_NODE_TEXT || !id_text_ok(id->text))
        loader_error(l, id ? id : n,
                     "a check needs an id of letters, digits, dots and dashes");
    else {
        k->id = loader_text(l, id->text);
        check_variables(l, id);
    }
    k->clause = load_clause_of(l, n, yaml_node_get(n, "clause"));
    if (!expect == !outcomes) {
        loader_error(l, n, "a check has either `expect` or `outcomes`");
    } else if (outcomes) {
        load_outcomes(l, verb, outcomes, k);
    } else {
        if (expect->kind != YAML_NODE_MAP)
            yaml_node_wrong(l->doc, expect, "expect", "a mapping like {status: 200}",
                            l->diags);
        check_expectation(l, verb, expect);
        k->expect = loader_tree(l, expect);
        k->expect_place = expect;
    }
}

/* SET-12: after a refused set whose name and scope can be looked up. */
static bool wants_look(const struct step *step) {
    const json_t *scope = json_object_get(step->params, "scope");
    const char *name = json_string_value(json_object_get(step->params, "name"));
    bool plain = json_is_string(scope)
                     ? strcmp(json_string_value(scope), "account") == 0
                     : json_object_size(scope) == 1 && json_object_get(scope, "user");

    if (step->verb != VERB_CALL || !step->call || step->call->effect != EFFECT_WRITES ||
        !name || !*name || strstr(name, "${") || !plain)
        return false;
    for (size_t i = 0; i < step->check_count; i++)
        if (check_is_negative(&step->checks[i]))
            return true;
    return false;
}

static void add_look(struct spec_loader *l, struct step *step) {
    struct check *look = &step->checks[step->check_count];
    const struct check *refusal = step->checks;

    while (!check_is_negative(refusal))
        refusal++;
    if (!refusal->id)
        return;
    char *id = mem_printf("%s-left-nothing", refusal->id);

    look->id = loader_text(l, id);
    free(id);
    look->clause = catalogue_clause(l->specs->catalogue, "SET-12");
    look->left_nothing = true;
    look->line = refusal->line;
    look->column = refusal->column;
    if (look->clause)
        step->check_count++;
}

void load_checks(struct spec_loader *l, const struct yaml_node *list,
                 struct step *step) {
    if (list->kind != YAML_NODE_LIST || list->count == 0) {
        yaml_node_wrong(l->doc, list, "checks", "a list of checks", l->diags);
        return;
    }
    if (l->in_given) {
        loader_error(l, list, "`given` has no checks: it must succeed");
        return;
    }
    step->checks = loader_own(l, list->count + 1, sizeof(*step->checks));
    for (size_t i = 0; i < list->count; i++)
        load_check(l, step->verb, list->items[i], &step->checks[step->check_count++]);
    if (wants_look(step))
        add_look(l, step);
}
