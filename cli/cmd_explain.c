/* The id of a clause or a check comes in. The clause, its source and the cases that
 * prove it go to stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/matcher.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/grid/grids.h"
#include "harness/spec/spec.h"

static const char *subject;
static size_t shown;
static const char *words[16384];
static size_t word_count;

static void print_json(const char *label, const json_t *value) {
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

    if (text)
        printf("    %s %s\n", label, text);
    free(text);
}

static void print_steps(const char *label, const struct step *steps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        static const char *const verbs[] = {"call", "walk", "request", "wait",
                                            "parallel"};

        printf("    %s %s%s%s\n", label,
               s->verb == VERB_CALL ? s->call->name : verbs[s->verb],
               strcmp(s->as, "main") ? " as " : "", strcmp(s->as, "main") ? s->as : "");
        if (s->verb == VERB_PARALLEL)
            for (size_t b = 0; b < s->branch_count; b++)
                print_steps("  branch:", s->branches[b].steps,
                            s->branches[b].step_count);
        else
            print_json("     ", s->params);
    }
}

static bool visit(const struct test_case *t, const struct step *s,
                  const struct check *k, const json_t *row, const char *id,
                  void *context) {
    char *name = mem_printf("%s/%s", t->suite->name, t->id);
    bool by_clause = str_equal_nocase(k->clause->id, subject);
    bool by_name = str_glob(subject, id) || str_glob(subject, name) ||
                   str_glob(subject, t->suite->name);

    (void)context, (void)s;
    if (word_count + 1 < ARRAY_LEN(words))
        words[word_count++] = mem_strdup(id);
    if (by_clause || by_name) {
        shown++;
        printf("  %s (%s:%d)\n    %s\n", id, t->suite->file, k->line, t->title);
        if (by_name) {
            printf("    %s (%s): %s\n", k->clause->id, level_name(k->clause->level),
                   k->clause->text);
            print_json("with   ", row);
            print_steps("given:", t->given, t->given_count);
            print_steps("step: ", t->steps, t->step_count);
            print_json("expects", k->expect);
            for (size_t i = 0; i < k->outcome_count; i++) {
                printf("    outcome %s %s\n", verdict_name(k->outcomes[i].verdict),
                       k->outcomes[i].say ? k->outcomes[i].say : "");
                print_json("     ", k->outcomes[i].expect);
            }
            if (k->left_nothing)
                printf("    looks that the refused set left nothing behind\n");
        }
    }
    free(name);
    return true;
}

/* The table of docs/spec-language.md. */
static int print_matchers(void) {
    printf("| matcher | holds for | example |\n|---|---|---|\n");
    for (size_t i = 0; i < MATCHERS; i++)
        printf("| `%s: %s` | %s | `%s` |\n", matchers[i].word, matchers[i].takes,
               matchers[i].means, matchers[i].example);
    return 0;
}

int cmd_explain(int argc, char **argv) {
    const struct command *c = command_find("explain");
    int code = options_parse(c, NULL, 0, &argc, argv);
    struct diags diags = {0};
    const struct clause *clause = NULL;
    const struct grid_options grids = {.depth = 2};
    struct specs *specs;
    const char *near;

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c, "expected one clause, check or suite, e.g. LIST-6 or "
                              "list.limit/out-of-range");
    subject = argv[1];
    if (strcmp(subject, "matchers") == 0 && argc == 2)
        return print_matchers();
    specs = grids_load(specs_dir(), (const char *const *)(argv + 2), (size_t)argc - 2,
                       &grids, &diags);
    if (!specs)
        return print_diags(&diags, 2);
    for (size_t i = 0; i < specs->catalogue->clause_count; i++)
        if (str_equal_nocase(specs->catalogue->clauses[i].id, subject))
            clause = &specs->catalogue->clauses[i];
    if (clause)
        printf("%s (%s, source: %s)\n  %s\n\nchecks:\n", clause->id,
               level_name(clause->level), clause->source, clause->text);
    specs_each_check(specs, visit, NULL);
    if (!clause && !shown) {
        for (size_t i = 0;
             i < specs->catalogue->clause_count && word_count < ARRAY_LEN(words); i++)
            words[word_count++] = mem_strdup(specs->catalogue->clauses[i].id);
        near = str_nearest(subject, words, word_count);
        code = usage_error(c, "no clause or check \"%s\"%s%s%s", subject,
                           near ? "; did you mean \"" : "", near ? near : "",
                           near ? "\"?" : "");
    } else {
        code = 0;
    }
    for (size_t i = 0; i < word_count; i++)
        free((void *)(uintptr_t)words[i]);
    specs_free(specs);
    return code;
}
