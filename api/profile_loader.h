/*
 * profile_loader.h - what the files that read a profile share. Private to them.
 *
 * Errors     each tells in the loader's diags, and makes it not ok.
 */
#ifndef ASSAY_API_PROFILE_LOADER_H
#define ASSAY_API_PROFILE_LOADER_H

#include "api/profile.h"
#include "core/yaml.h"

struct profile_loader {
    struct yaml_doc *doc;
    struct profile *p;
    struct diags *diags;
    unsigned flags;
    bool ok;
};

void profile_bad(struct profile_loader *l, const struct yaml_node *n, const char *fmt,
                 ...) PRINTF_LIKE(3, 4);
/* Text with ${env:NAME} put in; NULL after an error was recorded. free(). */
char *profile_text(struct profile_loader *l, const struct yaml_node *n,
                   const char *key);
/* A mapping of these words alone? False: it is no mapping. */
bool profile_only(struct profile_loader *l, const struct yaml_node *map,
                  const char *key, const char *const *words, size_t count);

#endif
