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
 *            only).
 * Errors     all errors of a document are told at once in `diags`, each with its place.
 * Ownership  a document owns its nodes; yaml_doc_free(NULL) is fine. Getters lend.
 * Threads    a loaded document is read-only and may be shared.
 */
#ifndef ASSAY_CORE_YAML_H
#define ASSAY_CORE_YAML_H

#include <jansson.h>

#include "core/err.h"
#include "core/yaml_tree.h"

extern const struct yaml_limits yaml_limits_spec;    /* 1 MiB, 32, 100,000 */
extern const struct yaml_limits yaml_limits_profile; /* the same, and days */
extern const struct yaml_limits
    yaml_limits_recording; /* 1 GiB, 32, 1,000,000 a document */

/* One document; more than one is an error. NULL if there was any error. */
struct yaml_doc *yaml_doc_load(const char *path, const struct yaml_limits *limits,
                               struct diags *diags);
struct yaml_doc *yaml_doc_parse(const char *source, const char *text, size_t len,
                                const struct yaml_limits *limits, struct diags *diags);
/* A stream: `each` takes every document and owns it; false from it stops. */
bool yaml_doc_each(const char *source, const char *text, size_t len,
                   const struct yaml_limits *limits, struct diags *diags,
                   bool (*each)(struct yaml_doc *doc, void *context), void *context);
/* A part of a stream, from that line of its source on; without documents it has none.
 */
bool yaml_doc_part(const char *source, const char *text, size_t len, int line,
                   const struct yaml_limits *limits, struct diags *diags,
                   bool (*each)(struct yaml_doc *doc, void *context), void *context);

const struct yaml_node *yaml_node_get(const struct yaml_node *map,
                                      const char *key); /* value or NULL */
bool yaml_node_is(const struct yaml_node *n,
                  const char *text);                  /* text equal; NULL n is false */
json_t *yaml_node_to_json(const struct yaml_node *n); /* new reference */
/* The node that an RFC 6901 pointer reaches from n, or the deepest one on the way. */
const struct yaml_node *yaml_node_at(const struct yaml_node *n, const char *pointer);

/* Report every key of `map` that is not in `words`, with the nearest word as a hint.
 * False if there was one. */
bool yaml_node_only(const struct yaml_doc *doc, const struct yaml_node *map,
                    const char *const *words, size_t count, struct diags *diags);
/* Report that `n` is of the wrong kind: "KEY: expected WANTED, found text "x"". False.
 */
bool yaml_node_wrong(const struct yaml_doc *doc, const struct yaml_node *n,
                     const char *key, const char *wanted, struct diags *diags);

#endif
