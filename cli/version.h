/*
 * version.h - `assay --version`: the program, its sources, its suite, its libraries.
 */
#ifndef ASSAY_CLI_VERSION_H
#define ASSAY_CLI_VERSION_H

/* On stdout. 0, or 3 if the suite cannot be read: that is told on stderr. */
int version_print(void);

#endif
