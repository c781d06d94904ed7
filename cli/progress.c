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

void progress_draw(const struct progress *p) {
    if (!progress_wanted())
        return;
    fprintf(stderr, "\r\x1b[K%zu of %zu %s, %zu running", p->done, p->total, p->of,
            p->running);
    if (p->waiting)
        fprintf(stderr, ", %zu waiting for time%s%.40s", p->waiting,
                p->longest ? ": " : "", p->longest ? p->longest : "");
    if (p->slowest)
        fprintf(stderr, "; slowest %.1f s: %.30s", (double)p->slowest_ms / 1000,
                p->slowest);
    fflush(stderr);
    drawn = true;
}

void progress_clear(void) {
    if (drawn)
        fprintf(stderr, "\r\x1b[K");
    drawn = false;
}
