/* The steps of a case come in as YAML. Steps go out: the verb, its parameters, and what
 * surrounds it. */
#include <string.h>

#include "core/linearize.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/spec/spec_load.h"

static const char *const modifiers[] = {
    "as",    "auth",  "encoding",   "headers", "repeat",
    "pace",  "save",  "eventually", "checks",  "valid_if_before",
    "extra", "again", "fresh",      "bare",    "judge"};
static const char *const other_verbs[] = {"walk", "request", "wait", "parallel"};

/* The parameter names that a call, walk or request takes. */
static size_t words_of(enum verb verb, const struct call *call, const char **words,
                       size_t max) {
    static const char *const walk[] = {"scope", "limit",  "direction",
                                       "from",  "expand", "max_pages"};
    static const char *const request[] = {"method",  "path", "query",
                                          "headers", "body", "leaves"};
    size_t n = 0;

    if (verb == VERB_WALK || verb == VERB_REQUEST) {
        for (size_t i = 0; i < 6; i++)
            words[n++] = verb == VERB_WALK ? walk[i] : request[i];
        return n;
    }
    for (size_t i = 0; call && i < call->param_count && n + 1 < max; i++) {
        words[n++] = call->params[i].name;
        if (call->params[i].kind == PARAM_TIME)
            words[n++] = "expires_in";
    }
    return n;
}

static void check_params(struct spec_loader *l, struct step *s,
                         const struct yaml_node *n) {
    const char *words[32], *near;
    size_t count = words_of(s->verb, s->call, words, ARRAY_LEN(words)), j;

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "parameters", "a mapping", l->diags);
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        const char *key = n->keys[i]->text;

        for (j = 0; j < count && strcmp(words[j], key) != 0;)
            j++;
        if (j < count)
            continue;
        near = str_nearest(key, words, count);
        loader_error(l, n->keys[i], "unknown parameter \"%.40s\"%s%s%s", key,
                     near ? "; did you mean \"" : "", near ? near : "",
                     near ? "\"?" : "; `extra` sends what the API does not know");
    }
    for (size_t i = 0; i < n->count; i++)
        if (yaml_node_is(n->keys[i], "expires_in") &&
            n->items[i]->kind == YAML_NODE_TEXT) {
            int64_t ms;

            if (!strstr(n->items[i]->text, "${") &&
                !str_to_duration(n->items[i]->text, &ms))
                yaml_node_wrong(l->doc, n->items[i], "expires_in", "a duration like 2s",
                                l->diags);
        }
    check_variables(l, n);
}

static bool has_lock(const struct test_case *c, const char *name) {
    for (size_t i = 0; i < c->lock_count; i++)
        if (strcmp(c->locks[i], name) == 0)
            return true;
    return false;
}

static void check_scope(struct spec_loader *l, const struct yaml_node *n) {
    const struct yaml_node *scope = yaml_node_get(n, "scope");

    if (scope &&
        (yaml_node_is(scope, "account") ||
         yaml_node_is(yaml_node_get(scope, "type"), "account")) &&
        !has_lock(l->present, "account"))
        loader_error(l, scope,
                     "the account scope is shared: the case needs `locks: [account]`");
}

static int64_t duration_of(struct spec_loader *l, const struct yaml_node *n,
                           const char *key) {
    int64_t ms = 0;

    if (n->kind != YAML_NODE_TEXT || !str_to_duration(n->text, &ms) || ms < 0)
        yaml_node_wrong(l->doc, n, key, "a duration like 500ms or 2s", l->diags);
    return ms;
}

/* Or as long as the profile lets the target notice an end. */
static void duration_or_grace(struct spec_loader *l, const struct yaml_node *n,
                              const char *key) {
    if (!yaml_node_is(n, "target.expiry_grace"))
        duration_of(l, n, key);
}

static void load_wait(struct spec_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"until", "plus", "before"};

    if (n->kind == YAML_NODE_MAP) {
        yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
        if (!yaml_node_get(n, "until") == !yaml_node_get(n, "before"))
            loader_error(l, n, "wait: expected either `until` or `before`");
        if (yaml_node_get(n, "plus"))
            duration_or_grace(l, yaml_node_get(n, "plus"), "plus");
    } else {
        duration_of(l, n, "wait");
    }
    check_variables(l, n);
}

static void load_parallel(struct spec_loader *l, const struct yaml_node *n,
                          struct step *s) {
    if (n->kind != YAML_NODE_LIST || n->count < 2) {
        yaml_node_wrong(l->doc, n, "parallel", "a list of two or more branches",
                        l->diags);
        return;
    }
    s->branches = loader_own(l, n->count, sizeof(*s->branches));
    s->branch_count = n->count;
    for (size_t i = 0; i < n->count; i++)
        load_steps(l, n->items[i], "a branch", &s->branches[i].steps,
                   &s->branches[i].step_count);
}

static void load_saves(struct spec_loader *l, const struct yaml_node *n,
                       struct step *s) {
    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "save", "a mapping of variables to JSON Pointers",
                        l->diags);
        return;
    }
    s->saves = loader_own(l, n->count, sizeof(*s->saves));
    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *v = n->items[i];

        if (v->kind != YAML_NODE_TEXT || v->text[0] != '/') {
            yaml_node_wrong(l->doc, v, n->keys[i]->text, "a JSON Pointer like /body/id",
                            l->diags);
            continue;
        }
        check_result_pointer(l, s->verb, v);
        s->saves[s->save_count++] =
            (struct save){loader_text(l, n->keys[i]->text), loader_text(l, v->text),
                          v->line, v->column};
        json_object_set_new(l->known, n->keys[i]->text, json_true());
    }
}

static void load_eventually(struct spec_loader *l, const struct yaml_node *n,
                            struct step *s) {
    static const char *const words[] = {"within", "every", "from", "measure"};
    const struct yaml_node *within = yaml_node_get(n, "within");

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "eventually", "a mapping {within, every}", l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    if (!within)
        loader_error(l, n, "eventually: `within` is missing");
    else
        duration_or_grace(l, within, "within");
    if (yaml_node_get(n, "every"))
        duration_of(l, yaml_node_get(n, "every"), "every");
    check_variables(l, n);
    s->eventually = loader_tree(l, n);
}

static void load_encoding(struct spec_loader *l, const struct yaml_node *n,
                          struct step *s) {
    static const struct {
        const char *key;
        const char *values[4];
    } table[] = {{"brackets", {"raw", "percent"}},
                 {"arrays", {"empty", "index"}},
                 {"space", {"plus", "percent"}},
                 {"order", {"reverse"}},
                 {"place", {"query", "body", "split"}}};
    static const char *const words[] = {"brackets", "arrays", "space", "order",
                                        "place"};

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "encoding", "a mapping", l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct yaml_node *v = yaml_node_get(n, table[i].key);
        bool ok = !v || strstr(v->text ? v->text : "", "${");

        for (size_t j = 0; v && table[i].values[j]; j++)
            ok = ok || yaml_node_is(v, table[i].values[j]);
        if (!ok)
            yaml_node_wrong(l->doc, v, table[i].key, table[i].values[0], l->diags);
    }
    check_variables(l, n);
    s->encoding = loader_tree(l, n);
}

/* {place, pairs: [[key, value], ..]} */
static void load_again(struct spec_loader *l, const struct yaml_node *n,
                       struct step *s) {
    static const char *const words[] = {"place", "pairs"};
    static const char *const places[] = {"before", "after", "query", "body"};
    const struct yaml_node *place = yaml_node_get(n, "place"),
                           *pairs = yaml_node_get(n, "pairs");
    bool ok = false;

    if (n->kind != YAML_NODE_MAP || !pairs || pairs->kind != YAML_NODE_LIST) {
        yaml_node_wrong(l->doc, n, "again", "{place, pairs: [[key, value], ..]}",
                        l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        ok = ok || yaml_node_is(place, places[i]);
    if (!ok)
        yaml_node_wrong(l->doc, place ? place : n, "place",
                        "before, after, query or body", l->diags);
    for (size_t i = 0; i < pairs->count; i++)
        if (pairs->items[i]->kind != YAML_NODE_LIST || pairs->items[i]->count != 2)
            yaml_node_wrong(l->doc, pairs->items[i], "pairs", "[key, value]", l->diags);
    check_variables(l, n);
    s->again = loader_tree(l, n);
}

static bool flag_of(struct spec_loader *l, const struct yaml_node *n, const char *key) {
    if (n->kind != YAML_NODE_BOOL)
        yaml_node_wrong(l->doc, n, key, "true or false", l->diags);
    return n->kind == YAML_NODE_BOOL && n->integer;
}

static void load_who(struct spec_loader *l, const struct yaml_node *n, struct step *s) {
    static const char *const who[] = {
        "main",           "other_account", "live",           "ui_extension",
        "nobody",         "unknown",       "longer",         "shorter",
        "recased",        "added-first",   "altered-first",  "altered-last",
        "altered-middle", "removed-first", "removed-middle", "swapped",
        "blank-after",    "blank-before"};
    const struct yaml_node *as = yaml_node_get(n, "as"),
                           *auth = yaml_node_get(n, "auth");
    const char *near;
    bool ok = false;

    s->as = "main";
    if (as) {
        for (size_t i = 0; i < ARRAY_LEN(who); i++)
            ok = ok || yaml_node_is(as, who[i]);
        near = as->text ? str_nearest(as->text, who, ARRAY_LEN(who)) : NULL;
        if (!ok && !(as->text && strstr(as->text, "${")))
            loader_error(l, as, "as: unknown credential%s%s%s",
                         near ? "; did you mean \"" : "", near ? near : "",
                         near ? "\"?" : "");
        s->as = loader_text(l, as->text ? as->text : "main");
        check_variables(l, as);
    }
    if (auth) {
        if (!yaml_node_is(auth, "basic") && !yaml_node_is(auth, "bearer"))
            yaml_node_wrong(l->doc, auth, "auth", "basic or bearer", l->diags);
        s->auth = loader_text(l, auth->text ? auth->text : "basic");
    }
}

static void load_repeat(struct spec_loader *l, const struct yaml_node *n,
                        struct step *s) {
    const struct yaml_node *pace = yaml_node_get(n, "pace"),
                           *repeat = yaml_node_get(n, "repeat");

    if (pace)
        s->pace_ms = duration_of(l, pace, "pace");
    if (!repeat)
        return;
    json_object_set_new(l->known, "n", json_true());
    s->repeat = loader_tree(l, repeat);
    if (repeat->kind == YAML_NODE_TEXT && strstr(repeat->text, "${"))
        return;
    if (repeat->kind != YAML_NODE_INT || repeat->integer < 1 || repeat->integer > 1000)
        yaml_node_wrong(l->doc, repeat, "repeat", "a number from 1 to 1000", l->diags);
    else if (repeat->integer > 6 && l->present->need_count == 0 && s->call &&
             s->call->effect == EFFECT_WRITES)
        loader_error(l, repeat,
                     "more than 6 secrets in a scope: the case needs "
                     "`{secrets_per_scope: N}`");
}

static void load_modifiers(struct spec_loader *l, const struct yaml_node *n,
                           struct step *s) {
    const struct yaml_node *v;

    load_who(l, n, s);
    if ((v = yaml_node_get(n, "encoding")))
        load_encoding(l, v, s);
    if ((v = yaml_node_get(n, "headers"))) {
        check_variables(l, v);
        s->headers = loader_tree(l, v);
    }
    if ((v = yaml_node_get(n, "again")))
        load_again(l, v, s);
    if ((v = yaml_node_get(n, "fresh")))
        s->fresh = flag_of(l, v, "fresh");
    if ((v = yaml_node_get(n, "bare")))
        s->bare = flag_of(l, v, "bare");
    if ((v = yaml_node_get(n, "judge")))
        load_judge(l, v, s);
    if ((v = yaml_node_get(n, "extra"))) {
        check_variables(l, v);
        s->extra = loader_tree(l, v);
    }
    if ((v = yaml_node_get(n, "valid_if_before"))) {
        check_variables(l, v);
        s->valid_if_before = loader_text(l, v->text ? v->text : "");
    }
    if ((v = yaml_node_get(n, "eventually")))
        load_eventually(l, v, s);
    if ((v = yaml_node_get(n, "save")))
        load_saves(l, v, s);
    if ((v = yaml_node_get(n, "checks")))
        load_checks(l, v, s);
}

static bool is_modifier(const char *key) {
    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
        if (strcmp(modifiers[i], key) == 0)
            return true;
    return false;
}

static bool find_verb(struct spec_loader *l, const struct yaml_node *key,
                      struct step *s) {
    const char *words[48], *near;
    size_t n = 0;

    s->call = catalogue_call(l->specs->catalogue, key->text);
    if (s->call) {
        s->verb = VERB_CALL;
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(other_verbs); i++)
        if (strcmp(other_verbs[i], key->text) == 0) {
            s->verb = (enum verb)(VERB_WALK + (int)i);
            if (s->verb == VERB_WALK)
                s->call = catalogue_effect(l->specs->catalogue, EFFECT_LISTS);
            return true;
        }
    for (size_t i = 0; i < l->specs->catalogue->call_count && n < 20; i++)
        words[n++] = l->specs->catalogue->calls[i].name;
    for (size_t i = 0; i < ARRAY_LEN(other_verbs); i++)
        words[n++] = other_verbs[i];
    for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
        words[n++] = modifiers[i];
    near = str_nearest(key->text, words, n);
    return loader_error(l, key, "unknown verb \"%.40s\"%s%s%s", key->text,
                        near ? "; did you mean \"" : "", near ? near : "",
                        near ? "\"?" : "");
}

/* What the branches do is put in order only up to so many operations. */
static void check_operations(struct spec_loader *l, const struct yaml_node *n,
                             const struct step *s) {
    json_int_t count = 0;
    bool asked = false;

    for (size_t i = 0; i < s->check_count; i++)
        asked = asked || check_asks_for_order(&s->checks[i]);
    for (size_t b = 0; b < s->branch_count; b++)
        for (size_t i = 0; i < s->branches[b].step_count; i++) {
            const json_t *repeat = s->branches[b].steps[i].repeat;

            count += repeat ? json_integer_value(repeat) : 1;
            if (repeat && !json_is_integer(repeat))
                loader_error(l, n->items[b]->items[i],
                             "repeat: in a branch it is a number");
        }
    if (asked && count > LINEARIZE_SURE)
        loader_error(l, n,
                     "linearizable: %lld operations in one block; up to %d can be put "
                     "in order: take fewer, or several blocks",
                     (long long)count, LINEARIZE_SURE);
}

static void load_step(struct spec_loader *l, const struct yaml_node *n,
                      struct step *s) {
    const struct yaml_node *verb = NULL, *value = NULL;
    bool unknown = false;

    s->line = n->line;
    s->column = n->column;
    s->as = "main";
    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "a step",
                        "a mapping like `find: {..}` (is a blank missing "
                        "after the colon?)",
                        l->diags);
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (is_modifier(n->keys[i]->text))
            continue;
        struct step other = {.verb = VERB_CALL};

        if (!find_verb(l, n->keys[i], verb ? &other : s))
            unknown = true;
        else if (verb)
            loader_error(l, n->keys[i], "a step has one verb; \"%.40s\" is a second",
                         n->keys[i]->text);
        else
            value = n->items[i];
        if (!unknown || !verb)
            verb = n->keys[i];
    }
    if (!verb)
        loader_error(l, n,
                     "a step without a verb (set, find, list, delete, walk, request, "
                     "wait, parallel)");
    load_repeat(l, n, s);
    if (value && s->verb == VERB_WAIT)
        load_wait(l, value);
    else if (value && s->verb == VERB_PARALLEL)
        load_parallel(l, value, s);
    else if (value) {
        check_params(l, s, value);
        check_scope(l, value);
    }
    if (value)
        s->params = loader_tree(l, value);
    load_modifiers(l, n, s);
    if (value && s->verb == VERB_PARALLEL)
        check_operations(l, value, s);
}

void load_steps(struct spec_loader *l, const struct yaml_node *list, const char *key,
                struct step **steps, size_t *count) {
    if (list->kind != YAML_NODE_LIST || list->count == 0) {
        yaml_node_wrong(l->doc, list, key, "a list of steps", l->diags);
        return;
    }
    *steps = loader_own(l, list->count, sizeof(**steps));
    *count = list->count;
    for (size_t i = 0; i < list->count; i++)
        load_step(l, list->items[i], &(*steps)[i]);
}
