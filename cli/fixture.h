/*
 * fixture.h - what the files of `assay fixture` share. Private to cli.
 *
 * Ownership  values of the options point into argv.
 */
#ifndef ASSAY_CLI_FIXTURE_H
#define ASSAY_CLI_FIXTURE_H

#include <stdio.h>

#include "cli/options.h"
#include "recording/redact/redactor.h"

struct fixture_options {
    const char *output, *path_glob, *credentials, *upstream;
    struct option_list redact_headers, redact_fields;
    bool force, curl_lines, har, vcr, learned, stable;
    int64_t from_number, to_number;
};
extern struct fixture_options fixture_options;

/* Into an empty one; false has told why, and sets the exit code. */
bool fixture_load(struct recording *r, const char *path, int *code);
int fixture_save(const struct recording *r, const char *path); /* the exit code */
/* By the options; NULL has told why. */
struct redactor *fixture_redactor(int *code);
/* How many exchanges it changed. */
size_t fixture_redact(struct redactor *r, struct recording *recording);
/* Where to say what was done: stderr beside a result that goes to stdout. */
FILE *fixture_talk(const char *output);

/* The texts of the exchanges without what is volatile: for git's textconv. */
void fixture_show_stable(const struct recording *r);

int fixture_diff(const struct command *c, char **files, int count);
int fixture_export(const struct command *c, char **files, int count);
int fixture_import(const struct command *c, char **files, int count);

#endif
