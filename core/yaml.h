/*
 * yaml.h - YAML read as a tree in which every node knows its place.
 *
 * The subset is what YAML 1.1 and 1.2 readers agree on: plain scalars are null, true,
 * false, decimal integers or text; what the two would read differently (`no`, `012`,
 * `0x1F`, `1_000`, `12:30`, `1.20`, `1e3`, `~`, dates, `.inf`) must be quoted.
 * Duplicate keys, keys that are not text, tags, merge keys and tabs in the indentation
 * are errors. Anchors and aliases are allowed within `limits.nodes`; a cycle is an
 * error.
 *
 * Units      line and column count from 1 (libyaml counts from 0; one is added here
 * only). Errors     all errors of a document are told at once in `diags`, each with its
 * place. Ownership  a document owns its nodes; ydoc_free(NULL) is fine. Getters lend.
 * Threads    a loaded document is read-only and may be shared.
 */
#ifndef ASSAY_YAML_H
#define ASSAY_YAML_H

#include <jansson.h>

#include "core/err.h"

enum ynode_kind {
    YNODE_NULL,
    YNODE_BOOL,
    YNODE_INT,
    YNODE_TEXT,
    YNODE_LIST,
    YNODE_MAP
};

struct ynode {
    enum ynode_kind kind;
    int line, column;
    bool quoted;      /* a scalar written with quotes or as a block */
    const char *text; /* scalars: as written, without quotes; may hold NUL: use len */
    size_t len;       /* bytes of text */
    int64_t integer;  /* YNODE_INT; YNODE_BOOL: 0 or 1 */
    size_t count;     /* list items or map pairs */
    struct ynode **items; /* list: items; map: values */
    struct ynode **keys;  /* map: keys, each YNODE_TEXT; else NULL */
};

struct ydoc {
    const char *source; /* for messages */
    struct ynode *root; /* never NULL; an empty document is YNODE_NULL */
};

struct yaml_limits {
    size_t bytes;   /* of the file */
    unsigned depth; /* of nesting */
    size_t nodes;   /* of a document, aliases counted with all they stand for */
    bool days;      /* a day such as 2027-01-31 is text, quoted or not */
};

extern const struct yaml_limits yaml_limits_spec;    /* 1 MiB, 32, 100,000 */
extern const struct yaml_limits yaml_limits_profile; /* the same, and days */
extern const struct yaml_limits
    yaml_limits_recording; /* 1 GiB, 32, 1,000,000 a document */

/* One document; more than one is an error. NULL if there was any error. */
struct ydoc *ydoc_load(const char *path, const struct yaml_limits *limits,
                       struct diags *diags);
struct ydoc *ydoc_parse(const char *source, const char *text, size_t len,
                        const struct yaml_limits *limits, struct diags *diags);
/* A stream: `each` takes every document and owns it; false from it stops. */
bool ydoc_each(const char *source, const char *text, size_t len,
               const struct yaml_limits *limits, struct diags *diags,
               bool (*each)(struct ydoc *doc, void *context), void *context);
/* A part of a stream, from that line of its source on; without documents it has none.
 */
bool ydoc_part(const char *source, const char *text, size_t len, int line,
               const struct yaml_limits *limits, struct diags *diags,
               bool (*each)(struct ydoc *doc, void *context), void *context);
void ydoc_free(struct ydoc *doc);

const struct ynode *ynode_get(const struct ynode *map,
                              const char *key); /* value or NULL */
bool ynode_is(const struct ynode *n,
              const char *text);              /* text equal; NULL n is false */
json_t *ynode_to_json(const struct ynode *n); /* new reference */
/* The node that an RFC 6901 pointer reaches from n, or the deepest one on the way. */
const struct ynode *ynode_at(const struct ynode *n, const char *pointer);

/* Report every key of `map` that is not in `words`, with the nearest word as a hint.
 * False if there was one. */
bool ynode_only(const struct ydoc *doc, const struct ynode *map,
                const char *const *words, size_t count, struct diags *diags);
/* Report that `n` is of the wrong kind: "KEY: expected WANTED, found text "x"". False.
 */
bool ynode_wrong(const struct ydoc *doc, const struct ynode *n, const char *key,
                 const char *wanted, struct diags *diags);

#endif
