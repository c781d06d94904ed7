/* The place of the program comes in. The folders of its specs and of the user's state
 * go out. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "core/file.h"
#include "core/mem.h"

/* Where the specs may stand, seen from the folder of the program. */
static const char *const beside[] = {"../share/assay/specs", "../../../specs",
                                     "../../specs", "../specs"};

const char *specs_dir(void) {
    static char *found;
    char self[PATH_MAX];
    const char *named = getenv("ASSAY_SPECS");
    ssize_t n;

    if (found)
        return found;
    if (named && *named)
        return found = mem_strdup(named);
    n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[n > 0 ? n : 0] = '\0';
    if (strrchr(self, '/'))
        *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
        char *dir = mem_printf("%s/%s", self, beside[i]);
        char *file = mem_printf("%s/clauses.yaml", dir);
        bool there = file_exists(file);

        free(file);
        if (there)
            return found = dir;
        free(dir);
    }
    return found = mem_strdup(ASSAY_SPECS_DIR);
}

char *state_file(const char *name) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state && *state == '/')
        return mem_printf("%s/assay/%s", state, name);
    if (home && *home == '/')
        return mem_printf("%s/.local/state/assay/%s", home, name);
    return NULL;
}
