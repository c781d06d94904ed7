#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "reports/reports.h"

static const char *format = "terminal", *output;

static const struct option options[] = {
    {.name = "format",
     .kind = OPTION_TEXT,
     .value = &format,
     .argument = "FORMAT",
     .help = "html, junit, tap, ctrf, markdown, badge or terminal (default)",
     .choices = report_formats},
    {.name = "output",
     .kind = OPTION_TEXT,
     .value = &output,
     .argument = "PATH",
     .help = "where to write it (-o PATH); else to standard output"},
};

int cmd_report(int argc, char **argv) {
    const struct command *c = command_find("report");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct report_options o = {.color = !output && color_on(STDOUT_FILENO),
                               .quiet = common.quiet};
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct err err = {0};
    json_t *results;

    if (code >= 0)
        return code;
    if (argc != 2)
        return usage_error(c, argc < 2 ? "a result document is missing"
                                       : "one result document at a time");
    results = jsonx_load_file(argv[1], 1 << 30, &err);
    if (!results)
        return print_err(&err, err.code == ERR_SYNTAX ? 1 : 2);
    if (!report_write(format, (const json_t *const[]){results}, 1, &o, &out, &err)) {
        err_in(&err, argv[1]);
        code = print_err(&err, 1);
    } else if (output && !file_replace(output, out.ptr, out.len, &err)) {
        code = print_err(&err, 2);
    } else {
        if (!output)
            fwrite(out.ptr, 1, out.len, stdout);
        code = 0;
    }
    buf_release(&out);
    json_decref(results);
    return code;
}
