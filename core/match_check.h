/*
 * match_check.h - is an expectation of match.h well formed? For the loader of specs.
 *
 * Errors     each goes to `diags` with its place.
 * Threads    pure.
 */
#ifndef ASSAY_CORE_MATCH_CHECK_H
#define ASSAY_CORE_MATCH_CHECK_H

#include "core/yaml.h"

/* Variables `${x}` may stand anywhere. */
bool match_check(const struct yaml_doc *doc, const struct yaml_node *want,
                 struct diags *diags);

#endif
