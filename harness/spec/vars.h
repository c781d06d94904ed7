/*
 * vars.h - `${name}` in specs.
 *
 * A text that is just "${x}" keeps the type of x; elsewhere numbers become their
 * digits. A dotted name is looked up whole, then as members: `sent.limit` is `limit` of
 * `sent`.
 *
 * Ownership  a zeroed `struct vars` is empty; vars_release() empties it.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_SPEC_VARS_H
#define ASSAY_HARNESS_SPEC_VARS_H

#include <jansson.h>

#include "core/base.h"

struct vars {
    json_t *map; /* name -> value */
    /* Asked for what the map lacks; a new reference or NULL. May be NULL. */
    json_t *(*more)(void *context, const char *name);
    void *context;
};

void vars_set(struct vars *v, const char *name,
              json_t *value); /* copies the reference */
/* A copy of `tree` with every variable put in; new. NULL if one is missing: its name is
 * in `missing` then; one that is called `${x?}` is null. Keys of objects are left
 * alone.
 */
json_t *vars_fill(const struct vars *v, const json_t *tree, char missing[64]);
void vars_release(struct vars *v);

/* Call `each` for every variable name in the tree; false stops and is returned. */
bool vars_names(const json_t *tree, bool (*each)(const char *name, void *context),
                void *context);

#endif
