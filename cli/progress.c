/* How far a run is comes in. One line on a terminal goes out, redrawn in place. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/options.h"
#include "core/buf.h"

static bool drawn;

bool progress_wanted(void) {
    const char *term = getenv("TERM");

    return !common.quiet && isatty(STDERR_FILENO) &&
           !(term && strcmp(term, "dumb") == 0);
}

/* One line: what wrapped could not be cleared again. */
static size_t columns(void) {
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1
               ? size.ws_col - 1U
               : 79;
}

void progress_draw(const struct progress *p) {
    struct buf line = BUF_INIT(4096);
    size_t shown;

    if (!progress_wanted())
        return;
    buf_addf(&line, "%zu of %zu %s, %zu running", p->done, p->total, p->of, p->running);
    if (p->waiting)
        buf_addf(&line, ", %zu waiting for time%s%.40s", p->waiting,
                 p->longest ? ": " : "", p->longest ? p->longest : "");
    if (p->slowest)
        buf_addf(&line, "; slowest %.1f s: %.30s", (double)p->slowest_ms / 1000,
                 p->slowest);
    shown = line.len < columns() ? line.len : columns();
    while (shown && shown < line.len && (line.ptr[shown] & 0xc0) == 0x80)
        shown--;
    fprintf(stderr, "\r\x1b[K%.*s", (int)shown, line.ptr);
    fflush(stderr);
    drawn = true;
    buf_release(&line);
}

void progress_clear(void) {
    if (drawn)
        fprintf(stderr, "\r\x1b[K");
    drawn = false;
}
