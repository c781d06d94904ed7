/*
 * yaml_document.h - what the two readers of YAML make: a document with its nodes.
 *
 * Private to yaml.c and yaml_quick.c.
 *
 * Ownership  a document owns its nodes and their texts: yaml_doc_free().
 * Threads    one at a time, until it is read.
 */
#ifndef ASSAY_CORE_YAML_DOCUMENT_H
#define ASSAY_CORE_YAML_DOCUMENT_H

#include "core/yaml_tree.h"

struct yaml_block;

struct yaml_document {
    struct yaml_doc doc;       /* first: a yaml_doc is a yaml_document */
    struct yaml_block *blocks; /* of nodes and texts; freed together */
    char *source;
};

struct yaml_document *yaml_document_new(const char *source);
/* For a pointer or less; not cleared. */
void *yaml_document_alloc(struct yaml_document *d, size_t size);
/* Put `item` behind the `count` ones of the array. */
void yaml_document_append(struct yaml_document *d, struct yaml_node ***array,
                          size_t *cap, size_t count, struct yaml_node *item);

/* A scalar without quotes gets its kind and its integer. Returns how another reader of
 * YAML would take it, or NULL if they all agree. `days`: yaml_limits. */
const char *yaml_plain_resolve(struct yaml_node *n, bool days);

#endif
