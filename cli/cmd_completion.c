/* In: the name of a shell. Out: its completion script on stdout. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/options.h"
#include "core/str.h"

int cmd_completion(int argc, char **argv) {
    const struct command *c = command_find("completion");
    int code = options_parse(c, NULL, 0, &argc, argv);
    const char *near;

    if (code >= 0)
        return code;
    if (argc != 2)
        return usage_error(c, "expected bash, zsh or fish");
    if (completion_print(argv[1]))
        return 0;
    near = str_nearest(argv[1], completion_shells, 3);
    return usage_error(c, "unknown shell \"%.40s\"%s%s%s", argv[1],
                       near ? "; did you mean \"" : "; expected bash, zsh or fish",
                       near ? near : "", near ? "\"?" : "");
}
