/*
 * row_template.h - a part of a grid's case as one row has it. Private to harness/grid.
 *
 * `$(f)` is the name of the row's value of factor f, `$(f.member)` a member of that
 * value, `$(row)` the row's id. A text that is nothing else becomes the member, of
 * whatever kind; what the value does not have is left out, with its key or its place in
 * a list. A key `$(f.member)` puts the pairs of a mapping in its place. A mapping in a
 * list that has `when` stands only in the rows that meet it.
 *
 * Ownership  nodes are made in the loader's memory and keep the place of the template.
 * Threads    one.
 */
#ifndef ASSAY_HARNESS_GRID_ROW_TEMPLATE_H
#define ASSAY_HARNESS_GRID_ROW_TEMPLATE_H

#include "core/covering.h"
#include "harness/spec/spec_load.h"

struct factor {
    const char *name;
    const struct yaml_node *place;
    const struct yaml_node *values[COVERING_MAX_VALUES]; /* text, or a mapping */
    const char *names[COVERING_MAX_VALUES];
    unsigned count;
    uint64_t invalid, deep; /* deep: only where there is time for triples */
};

struct template {
    struct spec_loader *l;
    const struct factor *factors;
    size_t factor_count;
    const unsigned *row; /* the value of each factor */
    const char *row_id;
    struct chunk *chunk; /* where nodes are made */
    size_t made;         /* so many */
};

/* New, or NULL: it is left out. */
const struct yaml_node *template_expand(struct template *t, const struct yaml_node *n);
/* New nodes, zeroed but for kind and place. */
struct yaml_node *template_node(struct template *t, enum ynode_kind kind,
                                const struct yaml_node *place);
struct yaml_node *template_text(struct template *t, const char *text,
                                const struct yaml_node *place);
/* A mapping or list of `count` places. */
struct yaml_node *template_group(struct template *t, enum ynode_kind kind, size_t count,
                                 const struct yaml_node *place);
void template_add(struct template *t, struct yaml_node *map, const char *key,
                  const struct yaml_node *value);
/* The values of the factor that a condition accepts, as bits; 0 = an error was told. */
uint64_t template_condition(struct template *t, const struct factor *f,
                            const struct yaml_node *condition);
/* NULL = an error was told. */
const struct factor *template_factor(struct template *t, const struct yaml_node *place,
                                     const char *name, size_t len);

#endif
