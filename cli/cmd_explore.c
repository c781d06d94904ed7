/* A target and a seed come in. Random sequences are tried against the model; what
 * differs goes to stdout as a spec. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/diagnose.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "cli/target.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/explore/explore.h"
#include "harness/result_doc.h"

static struct target_options target;
static int64_t seed = -1, sequences = 50, length = 25, jobs;
static const char *spec_path;
static bool fail_fast;
static struct outputs outputs;

static const struct option options[] = {
    TARGET_OPTIONS(target, "what to explore"),
    {.name = "sequences",
     .kind = OPTION_INT,
     .value = &sequences,
     .argument = "N",
     .min = 1,
     .max = 10000,
     .help = "how many are tried (default 50)"},
    {.name = "length",
     .kind = OPTION_INT,
     .value = &length,
     .argument = "N",
     .min = 1,
     .max = 200,
     .help = "calls in each (default 25)"},
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "tries the sequences of an earlier run again"},
    {.name = "spec",
     .kind = OPTION_TEXT,
     .value = &spec_path,
     .argument = "FILE.yaml",
     .help = "write what is found there, not to stdout"},
    {.name = "jobs",
     .kind = OPTION_INT,
     .value = &jobs,
     .argument = "N",
     .min = 1,
     .max = 1000,
     .help = "sequences at once (default 8)"},
    {.name = "fail-fast",
     .kind = OPTION_FLAG,
     .value = &fail_fast,
     .help = "begin no sequence after one has failed"},
    OUTPUT_OPTIONS(outputs),
};

static void on_say(void *context, const char *line) {
    (void)context;
    progress_clear();
    if (!common.quiet)
        fprintf(stderr, "assay: %s\n", line);
}

static void on_tick(void *context, size_t done, size_t total, size_t running,
                    size_t waiting, const char *longest, const char *slowest,
                    int64_t slowest_ms) {
    const struct progress p = {"sequences", done, total, running,
                               waiting,     NULL, NULL,  0};

    (void)context, (void)longest, (void)slowest, (void)slowest_ms;
    progress_draw(&p);
}

/* A suite is called as its file is; NULL = that cannot be a suite's name. free(). */
static char *suite_name(const char *path) {
    const char *base = path && strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t n;

    if (!path)
        return mem_strdup("explore");
    n = str_ends(base, ".yaml") ? strlen(base) - strlen(".yaml") : 0;
    if (!n || strspn(base, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(base) ||
        base[0] < 'a')
        return NULL;
    return mem_strndup(base, n);
}

static bool write_spec(const char *spec) {
    struct err err = {0};

    if (spec && spec_path && !file_replace(spec_path, spec, strlen(spec), &err))
        return print_err(&err, 3), false;
    if (spec && !spec_path) {
        fputs(spec, stdout);
        fflush(stdout);
    }
    return true;
}

static int explore_all(const struct profile *p, const struct run_options *o,
                       const struct explore_options *x) {
    struct run_progress progress = {.tick = progress_wanted() ? on_tick : NULL,
                                    .say = on_say};
    struct diags diags = {0};
    char *spec = NULL;
    json_t *results;
    int code;

    stop_in_order();
    results = explore(specs_dir(), p, o, x, &progress, &spec, &diags);
    progress_clear();
    if (!results)
        return print_diags(&diags, 3);
    diagnose(results);
    /* stdout is the spec's, if there is one and nowhere else to go */
    if (spec && !spec_path)
        outputs_print_to(&outputs, stderr, results);
    else
        outputs_print(&outputs, results);
    code = result_doc_exit_code(results);
    if (!write_spec(spec))
        code = 3;
    if (!outputs_write(&outputs, results))
        code = 3;
    json_decref(results);
    free(spec);
    return code;
}

int cmd_explore(int argc, char **argv) {
    const struct command *c = command_find("explore");
    char *line = command_line(argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct run_options o = {.stop = &stop_requested, .command_line = line};
    char *suite = suite_name(spec_path);
    struct explore_options x = {(size_t)sequences, (size_t)length, suite};
    struct profile *p = NULL;

    if (code >= 0)
        goto out;
    code = 2;
    o.jobs = (int)jobs;
    o.seed = seed >= 0 ? (uint64_t)seed : id_seed_random();
    o.fail_fast = fail_fast;
    if (argc > 1)
        usage_error(c, "takes no argument, got \"%s\"", argv[1]);
    else if (!suite)
        usage_error(c,
                    "--spec: expected a file NAME.yaml, NAME of small letters, digits, "
                    "dots and dashes, got \"%s\"",
                    spec_path);
    else if (outputs_check(c, &outputs) < 0 && (p = target_load(c, &target)))
        code = explore_all(p, &o, &x);
out:
    free(line);
    free(suite);
    free(outputs.reports.items);
    reach_release(&target.reach);
    profile_free(p);
    return code;
}
