/* A result document comes in. The files of --results and --report go out, and the
 * summary to stdout. */
#include "cli/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"
#include "core/file.h"
#include "core/mem.h"
#include "reports/reports.h"

/* The FORMAT of FORMAT=PATH; free(). NULL = there is no '='. */
static char *format_of(const char *word) {
    const char *eq = strchr(word, '=');

    return eq ? mem_strndup(word, (size_t)(eq - word)) : NULL;
}

static const char *path_of(const struct outputs *o, size_t i) {
    return i ? strchr(o->reports.items[i - 1], '=') + 1 : o->results;
}

/* Each path can be written, and no two are one. */
static int check_paths(const struct command *c, const struct outputs *o) {
    struct err err = {0};

    for (size_t i = o->results ? 0 : 1; i <= o->reports.count; i++) {
        const char *path = path_of(o, i);

        if (!file_can_replace(path, &err))
            return print_err(&err, 2);
        for (size_t j = o->results ? 0 : 1; j < i; j++)
            if (strcmp(path, path_of(o, j)) == 0 && strcmp(path, "/dev/null") != 0)
                return usage_error(c, "two outputs go to \"%s\"", path);
    }
    return -1;
}

int outputs_check(const struct command *c, const struct outputs *o) {
    for (size_t i = 0; i < o->reports.count; i++) {
        const char *word = o->reports.items[i];
        char *format = format_of(word);
        bool ok = format && report_format_known(format) && strchr(word, '=')[1] &&
                  !report_format_needs(format, NEEDS_CHECK | NEEDS_FOLDER);

        free(format);
        if (!ok)
            return usage_error(c,
                               "--report: expected FORMAT=PATH, with html, junit, tap, "
                               "ctrf, markdown, "
                               "badge or json, got \"%s\"",
                               word);
    }
    return check_paths(c, o);
}

static bool write_one(const char *format, const char *path, const json_t *results,
                      const char *kept) {
    struct report_options o = {.results = kept};
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct err err = {0};
    bool document = strcmp(format, "json") == 0; /* all of the evidence */
    bool ok = report_write(format, &results, 1, &o, &out, &err) &&
              (document ? file_replace_own(path, out.ptr, out.len, &err)
                        : file_replace(path, out.ptr, out.len, &err));

    if (!ok)
        print_err(&err, 3);
    buf_release(&out);
    return ok || err.code == ERR_PEER; /* what there is no report of is no failure */
}

bool outputs_write(const struct outputs *o, const json_t *results) {
    bool ok = !o->results || write_one("json", o->results, results, NULL);

    for (size_t i = 0; i < o->reports.count; i++) {
        char *format = format_of(o->reports.items[i]);

        ok = write_one(format, strchr(o->reports.items[i], '=') + 1, results,
                       o->results) &&
             ok;
        free(format);
    }
    return ok;
}

void outputs_print(const struct outputs *outputs, const json_t *results) {
    bool taken = false;

    for (size_t i = outputs->results ? 0 : 1; i <= outputs->reports.count; i++)
        taken = taken || file_is_stdout(path_of(outputs, i));
    if (taken)
        progress_clear();
    else
        outputs_print_to(outputs, stdout, results);
}

void outputs_print_to(const struct outputs *outputs, FILE *to, const json_t *results) {
    struct report_options o = {.color = color_on(fileno(to)),
                               .quiet = common.quiet,
                               .verbose = outputs->verbose,
                               .results = outputs->results};
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    progress_clear();
    if (report_write("terminal", &results, 1, &o, &out, NULL))
        fwrite(out.ptr, 1, out.len, to);
    fflush(to);
    buf_release(&out);
}
