/* Spec files and grids come in. The suite of both goes out, each judged step with the check
 * that the model makes. */
#include "harness/grid/grids.h"

#include <stdlib.h>

#include "core/file.h"
#include "core/mem.h"
#include "harness/grid/play.h"

struct specs *grids_load(const char *dir, const char *const *files, size_t file_count,
                         const struct grid_options *options, struct diags *diags) {
    struct spec_extension extension = {.folder = options->depth > 1 ? "grids" : NULL,
                                       .expand = grid_expand,
                                       .play = play_case,
                                       .options = options};

    return specs_load_extended(dir, files, file_count, &extension, diags);
}

struct specs *grids_load_alone(const char *dir, const struct grid_options *options,
                               struct diags *diags) {
    char *folder = mem_printf("%s/grids", dir);
    struct err err = {0};
    size_t count = 0;
    char **found = file_list(folder, ".yaml", &count, &err);
    struct specs *specs = NULL;

    if (found && count)
        specs = grids_load(dir, (const char *const *)found, count, options, diags);
    else
        diags_add_err(diags, &err);
    for (size_t i = 0; i < count; i++)
        free(found[i]);
    free(found);
    free(folder);
    return specs;
}
