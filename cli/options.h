/*
 * options.h - one table drives the parsing, the usage and the hints of a command.
 *
 * `--name value`, `--name=value`, `--flag`, `--no-flag` is not a thing, `--` ends
 * options. An unknown option gets the nearest known one as a hint. Every command has
 * --help,
 * --version, --quiet and --color; options_parse() handles --help and --version itself.
 *
 * Ownership  values point into argv, secret ones do not.
 */
#ifndef ASSAY_CLI_OPTIONS_H
#define ASSAY_CLI_OPTIONS_H

#include "core/err.h"

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_INT,
    OPTION_DURATION, /* 500ms, 30s, 2m; the value is in ms */
    OPTION_LIST
};

struct option_list { /* of an OPTION_LIST, one entry each time it is given */
    const char **items;
    size_t count;
};

struct option {
    const char *name; /* without dashes */
    enum option_kind kind;
    void *value;          /* bool *, const char **, int64_t *, struct option_list * */
    const char *argument; /* "URL|PROFILE" in the usage; NULL for a flag */
    const char *help;
    const char *const *choices; /* NULL last; or NULL = any */
    int64_t min, max;           /* OPTION_INT and OPTION_DURATION; both 0 = any */
    bool secret;                /* wiped from the command line, which others can see */
};

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct common {
    bool quiet;
    enum color color;
};
extern struct common common; /* set by options_parse() */
bool color_on(int fd); /* by --color, NO_COLOR, TERM and whether fd is a terminal */

struct command {
    const char *name;
    int (*run)(
        int argc,
        char **argv); /* 0 all passed, 1 a check failed, 2 misuse, 3 could not check */
    const char *args, *help; /* "[SPEC...] --target URL", one line */
    const char *about;       /* paragraphs for --help, with examples */
};
extern const struct command commands[];
extern const size_t command_count;

/* Returns -1 to go on, else the exit code (0 after --help, 2 after misuse, told on
 * stderr). What is no option is left in argv[1..*argc). */
int options_parse(const struct command *command, const struct option *options,
                  size_t count, int *argc, char **argv);
/* The table that a command parses by: it is asked for it, and does nothing else. */
struct option_table {
    const struct command *command;
    const struct option *options;
    size_t count;
};
struct option_table options_of(const struct command *command);
/* What every command has. */
const struct option *options_common(size_t *count);
/* Was it given? By its value: for options that are 0, false or NULL otherwise. */
bool option_is_set(const struct option *o);
const struct command *command_find(const char *name);
/* "assay run ..." for a report, without what follows --key, --header or --proxy; free(). */
char *command_line(int argc, char **argv);
/* "assay: text" on stderr, bytes from outside escaped, without what looks like a key or
 * the password of a URL; returns 2. */
int usage_error(const struct command *command, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Where the shipped specs are: $ASSAY_SPECS, beside the program, or within it. */
const char *specs_dir(void);
/* The errors on stderr, a line each; the list is emptied. Both return `code`. */
int print_diags(struct diags *d, int code);
int print_err(const struct err *e, int code);

#endif
