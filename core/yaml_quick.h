/*
 * yaml_quick.h - the YAML that we write ourselves, read several times as fast as libyaml
 * reads it.
 *
 * What is read: block mappings and lists of plain, quoted and literal scalars, flow
 * collections, comments. Everything else - anchors, tags, tabs, folded and multi-line
 * scalars, nothing as a value - and whatever is wrong is left to libyaml, which says
 * what and where. What is read is read as libyaml would: unit.yaml and the fuzz target
 * `yaml` compare them.
 *
 * Ownership  the document is the caller's.
 * Threads    pure.
 */
#ifndef ASSAY_CORE_YAML_QUICK_H
#define ASSAY_CORE_YAML_QUICK_H

#include "core/yaml_document.h"

/* The document that begins at `text`, on *line of its source, which is that of the next
 * one then; NULL = it is libyaml's. *taken: the bytes up to the `---` of the next one, or
 * all. */
struct yaml_document *yaml_quick_read(const char *source, const char *text, size_t len,
                                      int *line, const struct yaml_limits *limits,
                                      size_t *taken);

#endif
