/* The loader of specs and grids, with the shipped catalogue: a suite is loaded, or there is
 * a reason. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/mem.h"
#include "fuzz.h"
#include "harness/grid/grids.h"

static char folder[] = "/tmp/assay-fuzz-XXXXXX", *path;

static void clean(void) {
    unlink(path);
    rmdir(folder);
    free(path);
}

static bool see(const struct test_case *c, const struct step *step,
                const struct check *k, const json_t *row, const char *full_id,
                void *context) {
    (void)step, (void)k, (void)row, (void)context;
    HOLDS(c && *full_id);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct grid_options grids = {.depth = 2};
    struct diags diags = {0};
    const char *files[1];
    struct specs *s;
    int fd;

    if (!path) {
        HOLDS(mkdtemp(folder));
        path = mem_printf("%s/fuzz.yaml", folder); /* the seeds name their suite so */
        atexit(clean);
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
    files[0] = path;
    s = grids_load(ASSAY_SPECS_DIR, files, 1, &grids, &diags);
    HOLDS((s == NULL) == (diags.count > 0));
    if (s)
        HOLDS(specs_each_check(s, see, NULL));
    specs_free(s);
    diags_release(&diags);
    return 0;
}
