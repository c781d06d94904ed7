/* Result documents come in. They go out in the format that was asked for; several make
 * a matrix, shards are merged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/diagnose.h"
#include "cli/options.h"
#include "cli/report_site.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "reports/merge.h"
#include "reports/reports.h"

static const char *format = "terminal", *output, *baseline_path;
static const char *check_id;
static bool fail_on_new, allow_missing, verbose;

static const struct option options[] = {
    {.name = "format",
     .kind = OPTION_TEXT,
     .value = &format,
     .argument = "FORMAT",
     .help = "html, junit, tap, ctrf, github, markdown, badge, shields, json, sh, "
             "hurl, waivers, site or terminal (default)",
     .choices = report_formats},
    {.name = "verbose",
     .kind = OPTION_FLAG,
     .value = &verbose,
     .help = "terminal: every red check, not the causes alone"},
    {.name = "check",
     .kind = OPTION_TEXT,
     .value = &check_id,
     .argument = "ID",
     .help = "sh, hurl: the red check whose case the file sends again"},
    {.name = "output",
     .kind = OPTION_TEXT,
     .value = &output,
     .argument = "PATH",
     .help =
         "where to write it (-o PATH); else to standard output, a site to DIR/site"},
    {.name = "baseline",
     .kind = OPTION_TEXT,
     .value = &baseline_path,
     .argument = "OLD.json",
     .help = "an earlier result: new failures and fixed ones are told"},
    {.name = "fail-on-new",
     .kind = OPTION_FLAG,
     .value = &fail_on_new,
     .help = "exit 1 for failures that are new, and checks that are gone"},
    {.name = "allow-missing",
     .kind = OPTION_FLAG,
     .value = &allow_missing,
     .help = "with --fail-on-new: checks that are gone are no matter"},
};

struct documents {
    const char *path; /* of the first */
    json_t **items;
    size_t count;
};

static int load_one(const char *path, json_t **out) {
    struct err err = {0};
    struct stat st;
    json_t *results;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        err_at(&err, ERR_OS, 0, 0, "this is a folder, which --format site reads");
        err_in(&err, path);
        return print_err(&err, 2);
    }
    results = jsonx_load_file(path, 1 << 30, &err);

    if (!results)
        return print_err(&err, err.code == ERR_SYNTAX && !fail_on_new ? 1 : 2);
    if (!results_check(results, &err)) {
        err_in(&err, path);
        json_decref(results);
        return print_err(&err, fail_on_new ? 2 : 1);
    }
    *out = results;
    return -1;
}

/* Shards become one document. */
static int merge_shards(struct documents *d) {
    struct err err = {0};
    json_t *merged;

    if (!results_are_shards(d->items, d->count))
        return -1;
    merged = results_merge(d->items, d->count, &err);
    if (!merged)
        return print_err(&err, 2);
    for (size_t i = 0; i < d->count; i++)
        json_decref(d->items[i]);
    d->items[0] = merged;
    d->count = 1;
    json_object_del(merged, "causes");
    return -1;
}

/* A document of an earlier version has none, and merged shards have none of the whole. */
static void add_causes(struct documents *d) {
    for (size_t i = 0; i < d->count; i++)
        if (!json_object_get(d->items[i], "causes") &&
            strcmp(jsonx_string(d->items[i], "command", ""), "diff") != 0)
            diagnose(d->items[i]);
}

static int compare(struct documents *d) {
    json_t *baseline;
    int code = load_one(baseline_path, &baseline);

    if (code >= 0)
        return code;
    results_compare(d->items[0], baseline);
    json_decref(baseline);
    return -1;
}

static int write_out(const struct documents *d) {
    struct report_options o = {.color = !output && color_on(STDOUT_FILENO),
                               .quiet = common.quiet,
                               .verbose = verbose,
                               .check = check_id,
                               .results = d->count == 1 ? d->path : NULL};
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct err err = {0};
    int code = 0;

    if (!report_write(format, (const json_t *const *)d->items, d->count, &o, &out,
                      &err))
        code = print_err(&err, err.code == ERR_PEER ? 3 : 2);
    else if (output && !file_replace(output, out.ptr, out.len, &err))
        code = print_err(&err, 2);
    else if (!output)
        fwrite(out.ptr, 1, out.len, stdout);
    buf_release(&out);
    return code;
}

/* Beyond rendering: a shard that is missing, and failures that are new. */
static int judge(const struct documents *d) {
    const json_t *first = d->items[0];
    size_t n;

    if (d->count == 1 && json_is_object(json_object_get(first, "shard"))) {
        fprintf(stderr, "assay report: %s\n",
                jsonx_string(first, "gone", "not all shards are here"));
        return 3;
    }
    n = results_new_failures(first);
    if (fail_on_new && n) {
        fprintf(stderr, "assay report: %zu new failure%s since the baseline\n", n,
                n == 1 ? "" : "s");
        return 1;
    }
    n = json_array_size(jsonx_at(first, "/changes/gone_checks"));
    if (fail_on_new && n && !allow_missing) {
        fprintf(stderr,
                "assay report: %zu check%s of the baseline %s gone (--allow-missing)\n",
                n, n == 1 ? "" : "s", n == 1 ? "is" : "are");
        return 1;
    }
    return 0;
}

int cmd_report(int argc, char **argv) {
    const struct command *c = command_find("report");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct documents d = {0};

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c, "a result document is missing");
    if (allow_missing && !fail_on_new)
        return usage_error(c, "--allow-missing is for --fail-on-new");
    if (check_id && !report_format_needs(format, NEEDS_CHECK))
        return usage_error(c, "--check is for --format sh");
    if (verbose && strcmp(format, "terminal") != 0)
        return usage_error(c, "--verbose is for --format terminal");
    if (fail_on_new && !baseline_path)
        return usage_error(c, "--fail-on-new needs --baseline");
    if (report_format_needs(format, NEEDS_FOLDER))
        return argc != 2       ? usage_error(c, "--format site wants one folder")
               : baseline_path ? usage_error(c, "--format site compares by itself")
                               : report_site(argv[1], output);
    d.path = argv[1];
    d.items = mem_new((size_t)argc, sizeof(*d.items));
    for (int i = 1; i < argc && code < 0; i++)
        if ((code = load_one(argv[i], &d.items[d.count])) < 0)
            d.count++;
    if (code < 0)
        code = merge_shards(&d);
    if (code < 0 && baseline_path && d.count > 1)
        code = usage_error(c, "--baseline compares one result at a time");
    if (code < 0 && baseline_path)
        code = compare(&d);
    if (code < 0) {
        add_causes(&d);
        code = write_out(&d);
    }
    if (code == 0)
        code = judge(&d);
    for (size_t i = 0; i < d.count; i++)
        json_decref(d.items[i]);
    free(d.items);
    return code;
}
