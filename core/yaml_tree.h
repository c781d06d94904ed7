/*
 * yaml_tree.h - the nodes of a YAML document, and what bounds it.
 *
 * Units      line and column count from 1.
 * Ownership  a document owns its nodes; yaml_doc_free(NULL) is fine.
 * Threads    a read document is read-only and may be shared.
 */
#ifndef ASSAY_CORE_YAML_TREE_H
#define ASSAY_CORE_YAML_TREE_H

#include "core/base.h"

enum ynode_kind {
    YAML_NODE_NULL,
    YAML_NODE_BOOL,
    YAML_NODE_INT,
    YAML_NODE_TEXT,
    YAML_NODE_LIST,
    YAML_NODE_MAP
};

struct yaml_node {
    enum ynode_kind kind;
    int line, column;
    bool quoted;      /* a scalar written with quotes or as a block */
    const char *text; /* scalars: as written, without quotes; may hold NUL: use len */
    size_t len;       /* bytes of text */
    int64_t integer;  /* YAML_NODE_INT; YAML_NODE_BOOL: 0 or 1 */
    size_t count;     /* list items or map pairs */
    struct yaml_node **items; /* list: items; map: values */
    struct yaml_node **keys;  /* map: keys, each YAML_NODE_TEXT; else NULL */
};

struct yaml_doc {
    const char *source;     /* for messages */
    struct yaml_node *root; /* never NULL; an empty document is YAML_NODE_NULL */
};

struct yaml_limits {
    size_t bytes;   /* of the file */
    unsigned depth; /* of nesting */
    size_t nodes;   /* of a document, aliases counted with all they stand for */
    bool days;      /* a day such as 2027-01-31 is text, quoted or not */
    bool thorough;  /* all of it is libyaml's, as tests want it (yaml_quick.h) */
};

void yaml_doc_free(struct yaml_doc *doc);

#endif
