/*
 * yaml_quick_text.h - the lines and the scalars of plain YAML, for yaml_quick.c.
 *
 * Private to yaml_quick.c. NULL or false: it is not that plain, and libyaml's to read.
 *
 * Threads    pure.
 */
#ifndef ASSAY_CORE_YAML_QUICK_TEXT_H
#define ASSAY_CORE_YAML_QUICK_TEXT_H

#include "core/yaml_document.h"

enum { QUICK_END = -1 }; /* the indent behind the last line */

struct quick_reader {
    struct yaml_document *doc;
    const struct yaml_limits *limits;
    const char *at, *end, *line_start;
    const char *counted; /* of the present line; `columns` are before it */
    int columns, line;
    int indent; /* of the present line, or QUICK_END */
    size_t nodes;
    unsigned depth;
};

static inline char quick_peek(const struct quick_reader *q) {
    return q->at < q->end ? *q->at : '\n';
}

static inline char quick_peek_next(const struct quick_reader *q) {
    return q->at + 1 < q->end ? q->at[1] : '\n';
}

static inline bool quick_is_blank_or_end(char c) {
    return c == ' ' || c == '\n';
}

static inline void quick_skip_spaces(struct quick_reader *q) {
    while (q->at < q->end && *q->at == ' ')
        q->at++;
}

/* Nothing in it that libyaml takes for a line end or refuses, but for \n; tabs are for
 * who reads. */
bool quick_is_plain_text(const char *text, size_t len);

void quick_begin_line(struct quick_reader *q, const char *at);
/* From the begin of a line to the first one with anything in it. */
bool quick_find_line(struct quick_reader *q);
/* The same from behind a value; nothing else may stand on its line. */
bool quick_next_line(struct quick_reader *q);

struct yaml_node *quick_node(struct quick_reader *q, enum ynode_kind kind,
                             const char *at);
/* Plain or quoted, on this line. `flow`: in a flow collection. */
struct yaml_node *quick_scalar(struct quick_reader *q, bool flow);
/* At `|`, in a collection at column `parent`; behind it the next line is found. */
struct yaml_node *quick_literal(struct quick_reader *q, int parent);

#endif
