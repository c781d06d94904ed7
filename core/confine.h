/*
 * confine.h - gives up what a server no longer needs: files, other programs, connections.
 *
 * Files are closed off by Landlock, the rest by seccomp. What the kernel (or the build) does
 * not have falls away. It cannot be undone, and holds for the threads and programs that are
 * started later; so it is done before the first thread.
 *
 * Units      ports of TCP.
 * Ownership  borrows.
 * Threads    before any other thread is started.
 */
#ifndef ASSAY_CORE_CONFINE_H
#define ASSAY_CORE_CONFINE_H

#include "core/base.h"

struct confine_options {
    const char *const
        *read; /* folders and files that may be read; NULL last; or NULL */
    const char *const *write; /* folders that may be written in; NULL last; or NULL */
    bool connects;            /* outgoing connections stay possible */
    const int
        *ports; /* with `connects`: those that they may go to, 0 last; NULL = all */
};

enum confined { CONFINED, CONFINED_PARTLY, CONFINED_NOT };

/* `missing` is filled with what could not be given up, "" = all was. */
enum confined confine(const struct confine_options *o, char *missing, size_t size);
/* The library that does it, "libseccomp 2.5.4" or "no libseccomp"; returns `out`. */
char *confine_library(char *out, size_t size);

#endif
