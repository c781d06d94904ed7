/*
 * outputs.h - `--results FILE` and `--report FORMAT=PATH`, and the summary on stdout.
 */
#ifndef ASSAY_CLI_OUTPUTS_H
#define ASSAY_CLI_OUTPUTS_H

#include <jansson.h>
#include <stdio.h>

#include "cli/options.h"

struct outputs {
    bool verbose;
    const char *results; /* path, or NULL */
    struct option_list reports;
};

/* The rows of an option table that fill in `o`. */
#define OUTPUT_OPTIONS(o)                                                              \
    {.name = "verbose",                                                                \
     .kind = OPTION_FLAG,                                                              \
     .value = &(o).verbose,                                                            \
     .help = "show every red check, not the causes alone"},                            \
        {.name = "results",                                                            \
         .kind = OPTION_TEXT,                                                          \
         .value = &(o).results,                                                        \
         .argument = "FILE",                                                           \
         .help = "write the result document (JSON)"},                                  \
    {                                                                                  \
        .name = "report", .kind = OPTION_LIST, .value = &(o).reports,                  \
        .argument = "FORMAT=PATH",                                                     \
        .help =                                                                        \
            "write a report; may be repeated: html junit tap ctrf markdown badge json" \
    }

/* Before anything is sent: -1 to go on, else the exit code after saying why. */
int outputs_check(const struct command *c, const struct outputs *o);
/* False after saying what could not be written. */
bool outputs_write(const struct outputs *o, const json_t *results);
/* The terminal report, unless an output goes to stdout. */
void outputs_print(const struct outputs *o, const json_t *results);
void outputs_print_to(const struct outputs *o, FILE *to, const json_t *results);

#endif
