/*
 * spec_write.h - a spec as YAML: what the loader reads, in the shape that people write.
 *
 * Ownership  the text is the caller's: free().
 * Threads    pure.
 */
#ifndef ASSAY_HARNESS_SPEC_SPEC_WRITE_H
#define ASSAY_HARNESS_SPEC_SPEC_WRITE_H

#include <jansson.h>

/* `cases` is an array of cases, each as the loader reads it. `comment` stands above, a
 * line each; or NULL. */
char *spec_write(const char *suite, const char *about, const json_t *cases,
                 const char *comment);

#endif
