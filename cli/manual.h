/*
 * manual.h - the manual page of a command, assay-COMMAND(1), made from its help and its
 * table of options. assay(1) is written by hand (docs/man/).
 */
#ifndef ASSAY_CLI_MANUAL_H
#define ASSAY_CLI_MANUAL_H

#include "cli/options.h"

/* In the macros of man(7), on stdout. */
void manual_print(const struct command *c);

#endif
