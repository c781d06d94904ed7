/* A target comes in. What killed runs left there is removed, and told. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/target.h"
#include "harness/run/sweep.h"

static struct target_options target;

static const struct option options[] = {
    TARGET_OPTIONS(target, "what was tested"),
};

static void say(void *context, const char *line) {
    (void)context;
    fprintf(stderr, "%s\n", line);
}

int cmd_sweep(int argc, char **argv) {
    const struct command *c = command_find("sweep");
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct sweep_report report;
    struct run_options run_options = {0};
    struct diags diags = {0};
    struct err err = {0};
    struct profile *p;
    struct specs *specs;

    if (code >= 0)
        return code;
    if (argc > 1)
        return usage_error(c, "takes no argument, got \"%s\"", argv[1]);
    if (!(p = target_load(c, &target)))
        return 2;
    specs = specs_load(specs_dir(), NULL, 0, &diags);
    if (!specs) {
        profile_free(p);
        return print_diags(&diags, 2);
    }
    if (sweep(specs, p, &run_options, say, NULL, &report, &err)) {
        printf("found %zu, removed %zu, could not remove %zu\n", report.found,
               report.removed, report.failed);
        code = report.failed ? 1 : 0;
    } else {
        code = print_err(&err, 3);
    }
    specs_free(specs);
    profile_free(p);
    return code;
}
