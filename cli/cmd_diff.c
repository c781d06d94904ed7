/* A recording and a target come in. The requests are sent again; what is answered
 * differently goes to stdout. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/target.h"
#include "core/id.h"
#include "harness/diff/diff.h"
#include "harness/result_doc.h"

static struct target_options target;
static int64_t seed = -1;
static struct outputs outputs;

static const struct option options[] = {
    TARGET_OPTIONS(target, "what is compared with the recording"),
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "repeats the names of an earlier run"},
    OUTPUT_OPTIONS(outputs),
};

static void on_tick(void *context, size_t done, size_t total, size_t running,
                    size_t waiting, const char *longest, const char *slowest,
                    int64_t slowest_ms) {
    const struct progress p = {"exchanges", done,    total,   running,
                               waiting,     longest, slowest, slowest_ms};

    (void)context;
    progress_draw(&p);
}

static int compare(const struct recording *recording, const char *path,
                   const struct specs *specs, const struct profile *p) {
    struct run_options o = {.seed = seed >= 0 ? (uint64_t)seed : id_seed_random(),
                            .stop = &stop_requested};
    struct run_progress progress = {.tick = progress_wanted() ? on_tick : NULL};
    struct err err = {0};
    json_t *results;
    int code;

    stop_in_order();
    results = diff_run(recording, path, specs, p, &o, &progress, &err);
    if (!results)
        return print_err(&err, 3);
    outputs_print(&outputs, results);
    code = result_doc_exit_code(results);
    if (!outputs_write(&outputs, results))
        code = 3;
    json_decref(results);
    return code;
}

int cmd_diff(int argc, char **argv) {
    const struct command *c = command_find("diff");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct recording recording = {0};
    struct diags diags = {0};
    struct specs *specs = NULL;
    struct profile *p = NULL;

    if (code >= 0)
        return code;
    if (argc != 2)
        return usage_error(c, "expected one recording");
    if (outputs_check(c, &outputs) >= 0)
        return 2;
    code = 2;
    if (!recording_load(&recording, argv[1], &diags) ||
        !(specs = specs_load(specs_dir(), NULL, 0, &diags)))
        print_diags(&diags, 2);
    else if ((p = target_load(c, &target)))
        code = compare(&recording, argv[1], specs, p);
    recording_release(&recording);
    specs_free(specs);
    profile_free(p);
    free(outputs.reports.items);
    reach_release(&target.reach);
    return code;
}
