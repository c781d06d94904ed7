/* In: the signals that end a command. Out: a line that says so, and its end: at once, or by
 * a flag that tells it to remove what it made. */
#include "cli/stop.h"

#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/options.h"
#include "core/file.h"
#include "harness/run/run_options.h"

enum { HEARD_WITHIN_MS = 200, STOPPED = 3 };

volatile sig_atomic_t stop_requested, again_requested;
static volatile sig_atomic_t in_order, idle_now, on_terminal;

static void say(const char *text) {
    if (!common.quiet && write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody listens */
}

static void end_at_once(const char *last_words) {
    say(last_words);
    file_drop_unfinished();
    _exit(STOPPED);
}

static void ask_to_stop(void) {
    static const struct itimerval patience = {.it_value.tv_usec =
                                                  HEARD_WITHIN_MS * 1000};

    stop_requested = RUN_STOP_ASKED;
    say("\nassay: stopping, and removing what was made; once more leaves it\n");
    setitimer(ITIMER_REAL, &patience, NULL);
}

static void on_signal(int number) {
    (void)number;
    if (idle_now && !stop_requested) {
        stop_requested = RUN_STOP_HEARD;
        return;
    }
    if (!in_order)
        end_at_once("\nassay: stopped\n");
    if (stop_requested)
        end_at_once("\nassay: left as it is; `assay sweep` removes it\n");
    ask_to_stop();
}

static void on_hangup(int number) {
    if (on_terminal && !isatty(STDERR_FILENO))
        on_signal(number);
    else
        again_requested = 1;
}

static void on_alarm(int number) {
    (void)number;
    if (stop_requested == RUN_STOP_ASKED)
        end_at_once("assay: stopped; `assay sweep` removes what may be left\n");
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction now = {.sa_handler = handler}, before;

    sigaction(number, NULL, &before);
    if (number == SIGHUP && before.sa_handler == SIG_IGN)
        return; /* nohup */
    sigemptyset(&now.sa_mask);
    sigaddset(&now.sa_mask, SIGINT);
    sigaddset(&now.sa_mask, SIGTERM);
    sigaddset(&now.sa_mask, SIGHUP);
    sigaddset(&now.sa_mask, SIGALRM);
    now.sa_flags = SA_RESTART;
    sigaction(number, &now, NULL);
}

void stop_on_signals(void) {
    handle(SIGINT, on_signal);
    handle(SIGTERM, on_signal);
    handle(SIGHUP, on_signal);
    handle(SIGALRM, on_alarm);
}

void stop_in_order(void) {
    in_order = 1;
}

void stop_but_again_on_hangup(void) {
    on_terminal = isatty(STDERR_FILENO);
    handle(SIGHUP, on_hangup);
}

void stop_at_leisure(bool idle) {
    idle_now = idle;
}
