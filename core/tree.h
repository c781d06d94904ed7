/*
 * tree.h - many texts, searched for together: a radix tree.
 *
 * Ownership  the tree borrows the texts and what belongs to them.
 * Threads    adding wants exclusive use; walking may be shared.
 */
#ifndef ASSAY_TREE_H
#define ASSAY_TREE_H

#include "core/base.h"

struct tree;

struct tree *tree_new(void);
void tree_free(struct tree *t);
/* False: the text is there already. It must not be empty. */
bool tree_add(struct tree *t, const char *text, size_t len, const void *value);

/* A place that has been reached by the bytes so far. */
struct tree_place {
    const struct tree *tree;
    const struct tree_node *node; /* NULL = the beginning */
    size_t at;                    /* within the node's text */
};

struct tree_place tree_root(const struct tree *t);
/* Is there a text that goes on with `c`? Else the place stays. */
bool tree_step(struct tree_place *p, char c);
/* What belongs to the text that ends here, or NULL. */
const void *tree_value(const struct tree_place *p);
/* Does a text end behind here? */
bool tree_goes_on(const struct tree_place *p);

#endif
