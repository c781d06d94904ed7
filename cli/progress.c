#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"

static bool drawn;

bool progress_wanted(void) {
    const char *term = getenv("TERM");

    return !common.quiet && isatty(STDERR_FILENO) &&
           !(term && strcmp(term, "dumb") == 0);
}

void progress_draw(size_t done, size_t total, size_t running, size_t waiting,
                   const char *longest) {
    if (!progress_wanted())
        return;
    fprintf(stderr, "\r\x1b[K%zu of %zu cases, %zu running, %zu waiting%s%.50s", done,
            total, running, waiting, longest ? ": " : "", longest ? longest : "");
    fflush(stderr);
    drawn = true;
}

void progress_clear(void) {
    if (drawn)
        fprintf(stderr, "\r\x1b[K");
    drawn = false;
}
