/* The place of the program comes in. The folders of its specs and of the user's state
 * go out. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "core/file.h"
#include "core/file_within.h"
#include "core/mem.h"

/* Where the specs may stand, seen from the folder of the program: where it is installed,
 * and in a build folder of the sources. Else those within the program. */
static const char *const beside[] = {"../share/assay/specs", "../../../specs"};

static bool has_specs(const char *dir) {
    char *file = mem_printf("%s/clauses.yaml", dir);
    bool there = file_exists(file);

    free(file);
    return there;
}

static char *named_by_user(const char *dir) {
    if (!has_specs(dir))
        fprintf(
            stderr,
            "assay: ASSAY_SPECS names a folder without clauses.yaml; without it the "
            "suite beside or within the program is taken\n");
    return mem_strdup(dir);
}

/* NULL = none. */
static char *beside_program(void) {
    char self[PATH_MAX], *dir;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    if (strrchr(self, '/'))
        *strrchr(self, '/') = '\0';
    for (size_t i = 0; n > 0 && i < ARRAY_LEN(beside); i++) {
        dir = mem_printf("%s/%s", self, beside[i]);
        if (has_specs(dir))
            return dir;
        free(dir);
    }
    return NULL;
}

const char *specs_dir(void) {
    static char *found;
    const char *named = getenv("ASSAY_SPECS");

    if (!found && named && *named)
        found = named_by_user(named);
    if (!found)
        found = beside_program();
    if (!found)
        found = mem_strdup(FILE_WITHIN);
    return found;
}
