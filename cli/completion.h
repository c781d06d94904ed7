/*
 * completion.h - what a shell proposes behind `assay`, made from the tables of options.
 *
 * Errors     false: it is none of these shells.
 */
#ifndef ASSAY_CLI_COMPLETION_H
#define ASSAY_CLI_COMPLETION_H

#include "core/base.h"

extern const char *const completion_shells[]; /* bash, zsh, fish; NULL last */
/* The script for that shell, on stdout. */
bool completion_print(const char *shell);

#endif
