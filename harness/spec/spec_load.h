/*
 * spec_load.h - the parts of the spec loader. Private to harness.
 */
#ifndef ASSAY_HARNESS_SPEC_SPEC_LOAD_H
#define ASSAY_HARNESS_SPEC_SPEC_LOAD_H

#include "harness/spec/spec.h"

struct spec_loader {
    struct specs *specs;
    struct suite *suite;
    struct test_case *present; /* the case being read */
    struct yaml_doc *doc;
    struct diags *diags;
    json_t *known; /* object: variables known so far in the case */
    bool in_given;
    const struct spec_extension *extension;
};

void *loader_own(struct spec_loader *l, size_t count,
                 size_t size); /* zeroed, freed with specs */
const char *loader_text(struct spec_loader *l, const char *text); /* copy, same life */
json_t *loader_tree(struct spec_loader *l, const struct yaml_node *n); /* lent */
bool loader_error(struct spec_loader *l, const struct yaml_node *n, const char *fmt,
                  ...) PRINTF_LIKE(3, 4);

/* spec_step.c */
void load_steps(struct spec_loader *l, const struct yaml_node *list, const char *key,
                struct step **steps, size_t *count);
/* Are all the statuses that the check accepts 4xx? */
bool check_is_negative(const struct check *k);
/* spec_result.c: only what the result of such a step has is looked for. */
void check_result_members(struct spec_loader *l, enum verb verb,
                          const struct yaml_node *expect);
void check_result_pointer(struct spec_loader *l, enum verb verb,
                          const struct yaml_node *at);
/* Does it ask whether the answers of a parallel block are linearizable? */
bool check_asks_for_order(const struct check *k);
/* spec_check.c */
void load_checks(struct spec_loader *l, const struct yaml_node *list,
                 struct step *step);
/* Every variable of the node's texts must be known. */
void check_variables(struct spec_loader *l, const struct yaml_node *n);
/* The clause that `id` names; NULL = an error was told. `n` is what must name one. */
const struct clause *load_clause_of(struct spec_loader *l, const struct yaml_node *n,
                                    const struct yaml_node *id);
/* spec_judge.c: the key `judge` of a step. */
void load_judge(struct spec_loader *l, const struct yaml_node *n, struct step *s);

#endif
