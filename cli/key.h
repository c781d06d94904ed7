/*
 * key.h - the key that a command is given, not on its command line where others see it.
 *
 * Ownership  the text is the program's until it ends.
 */
#ifndef ASSAY_CLI_KEY_H
#define ASSAY_CLI_KEY_H

#include "cli/options.h"

/* --key KEY, `--key -` for a line of standard input, --key-file FILE for its first line;
 * without them `otherwise`. False after saying why on stderr. */
bool key_read(const struct command *c, const char *key, const char *file,
              const char *otherwise, const char **out);

#endif
