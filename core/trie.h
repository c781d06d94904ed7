/*
 * trie.h - many texts, searched for together: a radix trie.
 *
 * Ownership  the trie borrows the texts and what belongs to them.
 * Threads    adding wants exclusive use; walking may be shared.
 */
#ifndef ASSAY_CORE_TRIE_H
#define ASSAY_CORE_TRIE_H

#include "core/base.h"

struct trie;

struct trie *trie_new(void);
void trie_free(struct trie *t);
/* False: the text is there already. It must not be empty. */
bool trie_add(struct trie *t, const char *text, size_t len, const void *value);

/* A place that has been reached by the bytes so far. */
struct trie_place {
    const struct trie *trie;
    const struct trie_node *node; /* NULL = the beginning */
    size_t at;                    /* within the node's text */
};

struct trie_place trie_root(const struct trie *t);
/* Is there a text that goes on with `c`? Else the place stays. */
bool trie_step(struct trie_place *p, char c);
/* What belongs to the text that ends here, or NULL. */
const void *trie_value(const struct trie_place *p);
/* Does a text end behind here? */
bool trie_goes_on(const struct trie_place *p);

#endif
