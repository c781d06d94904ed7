/* SIGINT and SIGTERM come in. A flag that the engines look at goes out, and a line that
 * says what happens now. */
#include "cli/stop.h"

#include <unistd.h>

#include "cli/options.h"

volatile sig_atomic_t stop_requested;

static void say(const char *text, size_t len) {
    if (!common.quiet && write(STDERR_FILENO, text, len) < 0)
        return; /* nobody listens */
}

static void on_signal(int number) {
    static const char first[] = "\nassay: stopping, and removing what was made; once "
                                "more leaves it\n",
                      second[] = "\nassay: left as it is; `assay sweep` removes it\n";

    if (stop_requested) {
        say(second, sizeof(second) - 1);
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    stop_requested = 1;
    say(first, sizeof(first) - 1);
}

void stop_on_signals(void) {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (signal(SIGHUP, on_signal) == SIG_IGN)
        signal(SIGHUP, SIG_IGN); /* nohup */
}
