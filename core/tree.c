#include "core/tree.h"

#include <stdlib.h>

#include "core/mem.h"

struct tree_node {
    const char *text; /* not empty; lent */
    size_t len;
    const void *value;              /* of the text that ends with it, or NULL */
    struct tree_node *child, *next; /* next: of the same parent */
    struct tree_node *made_before;
};

struct tree {
    struct tree_node *first[256]; /* by the first byte */
    struct tree_node *made;       /* all, for freeing */
};

struct tree *tree_new(void) {
    return mem_new(1, sizeof(struct tree));
}

void tree_free(struct tree *t) {
    if (!t)
        return;
    for (struct tree_node *n = t->made, *before; n; n = before) {
        before = n->made_before;
        free(n);
    }
    free(t);
}

static struct tree_node *make(struct tree *t, const char *text, size_t len,
                              const void *value) {
    struct tree_node *n = mem_new(1, sizeof(*n));

    *n = (struct tree_node){
        .text = text, .len = len, .value = value, .made_before = t->made};
    return t->made = n;
}

/* The first `len` bytes of the node stay in it, the rest becomes its only child. */
static void split(struct tree *t, struct tree_node *n, size_t len) {
    struct tree_node *rest = make(t, n->text + len, n->len - len, n->value);

    rest->child = n->child;
    n->child = rest;
    n->len = len;
    n->value = NULL;
}

bool tree_add(struct tree *t, const char *text, size_t len, const void *value) {
    struct tree_node **at = &t->first[(unsigned char)*text];
    size_t i = 0;

    while (*at) {
        struct tree_node *n = *at;
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

struct tree_place tree_root(const struct tree *t) {
    return (struct tree_place){.tree = t};
}

bool tree_step(struct tree_place *p, char c) {
    const struct tree_node *n = p->node;

    if (n && p->at < n->len) {
        if (n->text[p->at] != c)
            return false;
        p->at++;
        return true;
    }
    n = n ? n->child : p->tree->first[(unsigned char)c];
    while (n && *n->text != c)
        n = n->next;
    if (!n)
        return false;
    p->node = n;
    p->at = 1;
    return true;
}

const void *tree_value(const struct tree_place *p) {
    return p->node && p->at == p->node->len ? p->node->value : NULL;
}

bool tree_goes_on(const struct tree_place *p) {
    return !p->node || p->at < p->node->len || p->node->child;
}
