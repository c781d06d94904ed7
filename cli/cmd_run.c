/* Specs and a target come in. The suite is run; its results go to the files that were
 * named and a summary to stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/diagnose.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/start.h"
#include "cli/stop.h"
#include "cli/target.h"
#include "cli/watch.h"
#include "core/id.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/grid/grids.h"
#include "harness/result_doc.h"
#include "harness/run/run.h"
#include "reports/reports.h"

static struct target_options target;
static int64_t jobs, seed = -1, repeat = 1, depth = 2;
static const char *filter, *clause, *failed, *basis, *level, *shard, *start_command;
static int64_t wait_ms;
static struct outputs outputs;
static bool fast, fail_fast, list, watched;
static struct option_list watch_paths;
static json_t *red_ids; /* of the last run, for --watch; or NULL */
static const char *const levels[] = {"must", "should", NULL};

static const struct option options[] = {
    TARGET_OPTIONS(target, "what to test"),
    {.name = "jobs",
     .kind = OPTION_INT,
     .value = &jobs,
     .argument = "N",
     .min = 1,
     .max = 1000,
     .help = "cases at once; those that wait do not count (default 8)"},
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "repeats the names of an earlier run"},
    {.name = "filter",
     .kind = OPTION_TEXT,
     .value = &filter,
     .argument = "GLOB",
     .help = "only checks whose id (suite/case/check) matches"},
    {.name = "clause",
     .kind = OPTION_TEXT,
     .value = &clause,
     .argument = "ID",
     .help = "only checks that cite this clause"},
    {.name = "failed",
     .kind = OPTION_TEXT,
     .value = &failed,
     .argument = "RESULTS",
     .help = "only checks that are red in this earlier result"},
    {.name = "level",
     .kind = OPTION_TEXT,
     .value = &level,
     .argument = "LEVEL",
     .help = "must or should: what makes the exit code (default must)",
     .choices = levels},
    {.name = "depth",
     .kind = OPTION_INT,
     .value = &depth,
     .argument = "N",
     .min = 1,
     .max = 3,
     .help = "1 = cases alone, 2 = and the grids' pairs, 3 = triples (default 2)"},
    {.name = "basis",
     .kind = OPTION_TEXT,
     .value = &basis,
     .argument = "SOURCES",
     .help = "which count for the exit code: reference,schema,guide,convention (all)"},
    {.name = "fast",
     .kind = OPTION_FLAG,
     .value = &fast,
     .help = "leave out cases that wait"},
    {.name = "fail-fast",
     .kind = OPTION_FLAG,
     .value = &fail_fast,
     .help = "stop at the first failure"},
    {.name = "repeat",
     .kind = OPTION_INT,
     .value = &repeat,
     .argument = "N",
     .min = 1,
     .max = 1000,
     .help = "run it N times; the worst verdict of a check counts"},
    {.name = "shard",
     .kind = OPTION_TEXT,
     .value = &shard,
     .argument = "I/N",
     .help = "only the I-th of N parts of the cases"},
    {.name = "list",
     .kind = OPTION_FLAG,
     .value = &list,
     .help = "show the checks: id, clause, level; send nothing"},
    {.name = "start",
     .kind = OPTION_TEXT,
     .value = &start_command,
     .argument = "COMMAND",
     .help = "start the target by this shell command first, and end it afterwards"},
    {.name = "wait",
     .kind = OPTION_DURATION,
     .value = &wait_ms,
     .argument = "TIME",
     .min = 1,
     .max = 3600000,
     .help = "how long it may take to answer: 500ms, 30s (default 30s)"},
    {.name = "watch",
     .kind = OPTION_FLAG,
     .value = &watched,
     .help = "again when the profile or a spec changes, or on SIGHUP: what was red, "
             "then all"},
    {.name = "watch-path",
     .kind = OPTION_LIST,
     .value = &watch_paths,
     .argument = "PATH",
     .help = "with --watch: also when this file or folder changes; may be repeated"},
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
    const struct progress p = {"cases", done,    total,   running,
                               waiting, longest, slowest, slowest_ms};

    (void)context;
    progress_draw(&p);
}

struct finder {
    const struct run_options *options;
    const char **words; /* the ids of all checks */
    size_t count, found;
    bool inside;        /* an id begins with the filter and a slash */
    const char *clause; /* the filter names one */
};

static bool visit(const struct test_case *t, const struct step *s,
                  const struct check *k, const json_t *row, const char *id,
                  void *context) {
    struct finder *f = context;
    char *name = mem_printf("%s/%s", t->suite->name, t->id);

    (void)s, (void)row;
    if (run_selects(f->options, id, name, k->clause->id)) {
        f->found++;
        if (list && run_takes(f->options, t))
            printf("%-64s %-8s %s\n", id, k->clause->id, level_name(k->clause->level));
    }
    f->words = mem_grow(f->words, f->count + 1, sizeof(*f->words));
    f->words[f->count++] = mem_strdup(id);
    if (filter && str_starts(id, filter) && id[strlen(filter)] == '/')
        f->inside = true;
    if (filter && str_equal_nocase(filter, k->clause->id))
        f->clause = k->clause->id;
    free(name);
    return true;
}

/* The nearest id; with a star in the filter, the nearest beginning of one. */
static char *nearest_filter(const struct finder *f) {
    size_t head = strcspn(filter, "*?"), slashes = 0;
    char *word = mem_strndup(filter, head), *result = NULL;
    const char **heads = mem_new(f->count + 1, sizeof(*heads)), *near;

    for (size_t i = 0; i < head; i++)
        slashes += filter[i] == '/';
    for (size_t i = 0; i < f->count; i++) {
        const char *end = f->words[i];

        for (size_t d = 0; end && d < slashes; d++)
            end = strchr(end, '/') ? strchr(end, '/') + 1 : NULL;
        heads[i] = !filter[head] ? mem_strdup(f->words[i])
                   : end         ? mem_strndup(f->words[i], (size_t)(end - f->words[i]))
                                 : NULL;
    }
    near = head ? str_nearest(word, heads, f->count) : NULL;
    if (near && *near)
        result = mem_printf("%s%s", near, filter + head);
    for (size_t i = 0; i < f->count; i++)
        free((void *)(uintptr_t)heads[i]);
    free(heads);
    free(word);
    return result;
}

static int selects_nothing(const struct command *c, const struct finder *f) {
    char *near = f->inside ? mem_printf("%s/*", filter) : nearest_filter(f);
    int code;

    if (f->clause)
        code = usage_error(c,
                           "--filter \"%s\" selects no check: it is a clause, whose "
                           "checks `assay explain %s` shows",
                           filter, f->clause);
    else
        code = usage_error(c, "--filter \"%s\" selects no check%s%s%s", filter,
                           near ? "; did you mean \"" : " (see --list)",
                           near ? near : "", near ? "\"?" : "");
    free(near);
    return code;
}

static int unknown_clause(const struct command *c, const struct specs *specs) {
    const struct catalogue *all = specs->catalogue;
    const char **words = mem_new(all->clause_count + 1, sizeof(*words)), *near;
    int code;

    for (size_t i = 0; i < all->clause_count; i++)
        words[i] = all->clauses[i].id;
    near = str_nearest(clause, words, all->clause_count);
    code =
        usage_error(c, "--clause: there is no clause \"%s\"%s%s%s", clause,
                    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(words);
    return code;
}

/* The ids of the red checks, new: id -> true. */
static json_t *red_of(const json_t *results) {
    static const char *const red[] = {"fail", "warn", "blocked", "stale", "error"};
    const json_t *checks = json_object_get(results, "checks");
    json_t *ids = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++)
        for (size_t k = 0; k < ARRAY_LEN(red); k++) {
            const json_t *one = json_array_get(checks, i);

            if (strcmp(jsonx_string(one, "verdict", ""), red[k]) == 0)
                json_object_set_new(ids, jsonx_string(one, "id", ""), json_true());
        }
    return ids;
}

/* Those of an earlier result; NULL after saying why. */
static json_t *load_failed(const struct command *c) {
    struct err err = {0};
    json_t *results = jsonx_load_file(failed, 1 << 30, &err);
    bool good = results && results_check(results, &err);
    json_t *ids = red_of(good ? results : NULL);

    if (!good)
        usage_error(c, "--failed %s: %s", failed, err.text);
    else if (json_object_size(ids) == 0)
        usage_error(c, "--failed %s: nothing is red in it", failed);
    json_decref(results);
    if (good && json_object_size(ids))
        return ids;
    json_decref(ids);
    return NULL;
}

/* "reference,schema" as an array, new; NULL after saying what is wrong. */
static json_t *parse_basis(const struct command *c) {
    static const char *const known[] = {"reference", "schema", "guide", "convention"};
    json_t *sources = json_array();

    for (const char *at = basis; *at;) {
        size_t len = strcspn(at, ","), i = 0;

        while (i < ARRAY_LEN(known) &&
               (strlen(known[i]) != len || strncmp(known[i], at, len) != 0))
            i++;
        if (i == ARRAY_LEN(known)) {
            usage_error(
                c,
                "--basis: expected some of reference,schema,guide,convention, got "
                "\"%s\"",
                basis);
            json_decref(sources);
            return NULL;
        }
        json_array_append_new(sources, json_string(known[i]));
        at += len + (at[len] == ',');
    }
    return sources;
}

/* 2 with a hint if the filter selects nothing; else -1, or 0 after --list. */
static int check_filter(const struct command *c, const struct specs *specs,
                        struct finder *f) {
    if (!filter && !clause && !failed && !list && !shard)
        return -1;
    if (clause && !catalogue_clause(specs->catalogue, clause))
        return unknown_clause(c, specs);
    specs_each_check(specs, visit, f);
    if (!f->found && !filter)
        return usage_error(c, "no check of the suite %s%s%s", clause ? "cites " : "",
                           clause ? clause : "is red in ", clause ? "" : failed);
    if (!f->found)
        return selects_nothing(c, f);
    return list ? 0 : -1;
}

static void finder_release(struct finder *f) {
    for (size_t i = 0; i < f->count; i++)
        free((void *)(uintptr_t)f->words[i]);
    free(f->words);
}

static bool parse_shard(const char *text, struct run_options *o) {
    const char *slash = strchr(text, '/');
    int64_t i, n;

    if (!slash || !str_to_int(text, (size_t)(slash - text), &i) ||
        !str_to_int(slash + 1, strlen(slash + 1), &n) || n < 1 || n > 1000 || i < 1 ||
        i > n)
        return false;
    o->shard = (int)i;
    o->shards = (int)n;
    return true;
}

static int run_all(const struct specs *specs, const struct profile *p,
                   struct run_options *o) {
    struct run_progress progress = {.tick = progress_wanted() ? on_tick : NULL,
                                    .say = on_say};
    json_t *results = NULL;
    struct err err = {0};
    int code;

    for (int64_t i = 0; i < repeat && !stop_requested; i++) {
        json_t *again = run_specs(specs, p, o, &progress, &err);

        if (!again)
            break;
        results = results ? results_worst(results, again) : again;
        o->seed++;
    }
    if (!results)
        return print_err(&err, 3);
    diagnose(results);
    outputs_print(&outputs, results);
    code = result_doc_exit_code(results);
    if (err.code)
        code = print_err(&err, 3);
    if (!outputs_write(&outputs, results))
        code = 3;
    if (watched && json_is_true(json_object_get(results, "complete"))) {
        json_decref(red_ids);
        red_ids = red_of(results);
    }
    json_decref(results);
    return code;
}

/* The same, with the target started before and ended after. */
static int run_started(const struct specs *specs, const struct profile *p,
                       struct run_options *o) {
    struct started *s;
    struct err err = {0};
    int code;

    stop_in_order();
    if (!start_command)
        return run_all(specs, p, o);
    s = start_target(start_command, p, wait_ms ? wait_ms : START_WAIT_MS, &err);
    if (!s)
        return print_err(&err, 3);
    code = run_all(specs, p, o);
    if (!started_end(s, &err))
        print_err(&err, 3);
    return code;
}

/* The specs and the profile as they are now, and one run of them. */
static int run_once(const struct command *c, int argc, char **argv,
                    struct run_options *o) {
    struct grid_options grids = {.depth = (unsigned)depth};
    struct finder f = {.options = o};
    struct diags diags = {0};
    struct specs *specs = grids_load(specs_dir(), (const char *const *)(argv + 1),
                                     (size_t)argc - 1, &grids, &diags);
    struct profile *p = NULL;
    int code = 2;

    if (!specs)
        print_diags(&diags, 2);
    else if ((code = check_filter(c, specs, &f)) < 0)
        code = (p = target_load(c, &target)) ? -1 : 2;
    if (code < 0) {
        if (argc == 1)
            target_tell_waivers(p, specs);
        code = run_started(specs, p, o);
    }
    finder_release(&f);
    specs_free(specs);
    profile_free(p);
    return code;
}

static struct watch *watch_all(int argc, char **argv) {
    struct watch *w = watch_new();

    if (access(target.target, F_OK) == 0)
        watch_add(w, target.target);
    for (int i = 1; i < argc; i++)
        watch_add(w, argv[i]);
    if (argc == 1)
        watch_add(w, specs_dir());
    for (size_t i = 0; i < watch_paths.count; i++)
        watch_add(w, watch_paths.items[i]);
    return w;
}

/* Again at each change: what was red first, and all when that is red no more. */
static int run_watched(const struct command *c, int argc, char **argv,
                       struct run_options *o) {
    struct watch *w = watch_all(argc, argv);
    const json_t *chosen = o->only;
    const char *changed;
    int code;

    stop_but_again_on_hangup();
    for (;;) {
        json_t *before = red_ids;

        red_ids = NULL;
        watch_note(w);
        o->only = json_object_size(before) ? before : chosen;
        o->seed = seed >= 0 ? (uint64_t)seed : id_seed_random();
        code = run_once(c, argc, argv, o);
        if (o->only != chosen && red_ids && !json_object_size(red_ids) &&
            !stop_requested) {
            on_say(NULL, "what was red is red no more: all again");
            o->only = chosen;
            code = run_once(c, argc, argv, o);
        }
        if (!red_ids) /* nothing was judged */
            red_ids = json_incref(before);
        json_decref(before);
        if (stop_requested)
            break;
        stop_at_leisure(true);
        on_say(NULL, "watching; a change or SIGHUP runs it again");
        changed = watch_wait(w);
        stop_at_leisure(false);
        if (!changed)
            break;
        progress_clear();
        if (!common.quiet)
            fprintf(stderr, "assay: again, for %s\n", changed);
    }
    json_decref(red_ids);
    red_ids = NULL;
    watch_free(w);
    return code;
}

/* Options that do nothing beside others: says which. */
static bool refuse_unused(const struct command *c) {
    const struct {
        bool given;
        const char *name;
    } of_sending[] = {{outputs.results, "results"},
                      {outputs.reports.count, "report"},
                      {start_command, "start"},
                      {repeat > 1, "repeat"},
                      {fail_fast, "fail-fast"},
                      {jobs, "jobs"},
                      {target.reach.headers.count, "header"},
                      {target.reach.cacert, "cacert"},
                      {target.reach.cert, "cert"},
                      {target.reach.proxy, "proxy"},
                      {target.reach.insecure, "insecure"},
                      {target.reach.rate, "rate"},
                      {target.reach.timeout_ms, "timeout"}};

    if (wait_ms && !start_command)
        return usage_error(c, "--wait is for --start COMMAND");
    for (size_t i = 0; list && i < ARRAY_LEN(of_sending); i++)
        if (of_sending[i].given)
            return usage_error(c, "--list sends nothing: it does not use --%s",
                               of_sending[i].name);
    return false;
}

int cmd_run(int argc, char **argv) {
    const struct command *c = command_find("run");
    char *line = command_line(argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct run_options o = {.stop = &stop_requested, .command_line = line};
    json_t *only = NULL, *sources = NULL;

    if (code >= 0)
        goto out;
    code = 2;
    o.jobs = (int)jobs;
    o.seed = seed >= 0 ? (uint64_t)seed : id_seed_random();
    o.filter = filter;
    o.clause = clause;
    o.level = level && strcmp(level, "should") == 0 ? LEVEL_SHOULD : LEVEL_MUST;
    o.fast = fast;
    o.own_files = argc > 1;
    o.fail_fast = fail_fast;
    o.red_again = true;
    if (shard && !parse_shard(shard, &o)) {
        usage_error(c, "--shard: expected I/N with 1 <= I <= N, got \"%s\"", shard);
        goto out;
    }
    if (refuse_unused(c))
        goto out;
    if (watched && (list || (target.key && strcmp(target.key, "-") == 0))) {
        usage_error(c, "--watch runs again: not with --list, nor a key from stdin");
        goto out;
    }
    if (watch_paths.count && !watched) {
        usage_error(c, "--watch-path is for --watch");
        goto out;
    }
    if (basis && !(o.basis = sources = parse_basis(c)))
        goto out;
    if (failed && !(o.only = only = load_failed(c)))
        goto out;
    if (outputs_check(c, &outputs) >= 0)
        goto out;
    code = watched ? run_watched(c, argc, argv, &o) : run_once(c, argc, argv, &o);
out:
    json_decref(only);
    json_decref(sources);
    free(line);
    free(outputs.reports.items);
    free(watch_paths.items);
    reach_release(&target.reach);
    return code;
}
