/* Texts come in. Places in a radix trie go out, one byte further at a time. */
#include "core/trie.h"

#include <stdlib.h>

#include "core/mem.h"

struct trie_node {
    const char *text; /* not empty; lent */
    size_t len;
    const void *value;              /* of the text that ends with it, or NULL */
    struct trie_node *child, *next; /* next: of the same parent */
    struct trie_node *made_before;
};

struct trie {
    struct trie_node *first[256]; /* by the first byte */
    struct trie_node *made;       /* all, for freeing */
};

struct trie *trie_new(void) {
    return mem_new(1, sizeof(struct trie));
}

void trie_free(struct trie *t) {
    if (!t)
        return;
    for (struct trie_node *n = t->made, *before; n; n = before) {
        before = n->made_before;
        free(n);
    }
    free(t);
}

static struct trie_node *make(struct trie *t, const char *text, size_t len,
                              const void *value) {
    struct trie_node *n = mem_new(1, sizeof(*n));

    *n = (struct trie_node){
        .text = text, .len = len, .value = value, .made_before = t->made};
    return t->made = n;
}

/* The first `len` bytes of the node stay in it, the rest becomes its only child. */
static void split(struct trie *t, struct trie_node *n, size_t len) {
    struct trie_node *rest = make(t, n->text + len, n->len - len, n->value);

    rest->child = n->child;
    n->child = rest;
    n->len = len;
    n->value = NULL;
}

bool trie_add(struct trie *t, const char *text, size_t len, const void *value) {
    struct trie_node **at = &t->first[(unsigned char)*text];
    size_t i = 0;

    while (*at) {
        struct trie_node *n = *at;
        size_t same = 1; /* we came by the first byte */

        while (same < n->len && i + same < len && n->text[same] == text[i + same])
            same++;
        if (same < n->len)
            split(t, n, same);
        i += same;
        if (i == len) {
            if (n->value)
                return false;
            n->value = value;
            return true;
        }
        for (at = &n->child; *at && *(*at)->text != text[i];)
            at = &(*at)->next;
    }
    *at = make(t, text + i, len - i, value);
    return true;
}

struct trie_place trie_root(const struct trie *t) {
    return (struct trie_place){.trie = t};
}

bool trie_step(struct trie_place *p, char c) {
    const struct trie_node *n = p->node;

    if (n && p->at < n->len) {
        if (n->text[p->at] != c)
            return false;
        p->at++;
        return true;
    }
    n = n ? n->child : p->trie->first[(unsigned char)c];
    while (n && *n->text != c)
        n = n->next;
    if (!n)
        return false;
    p->node = n;
    p->at = 1;
    return true;
}

const void *trie_value(const struct trie_place *p) {
    return p->node && p->at == p->node->len ? p->node->value : NULL;
}

bool trie_goes_on(const struct trie_place *p) {
    return !p->node || p->at < p->node->len || p->node->child;
}
