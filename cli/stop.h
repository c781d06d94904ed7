/*
 * stop.h - what SIGINT, SIGTERM and SIGHUP do: every command ends within a quarter of a
 * second, and says so.
 *
 * From stop_on_signals() on a command ends at once, with 3; what it was writing is left as
 * it was before. After stop_in_order() the flag is set instead: whoever sees it sets it to
 * RUN_STOP_HEARD, removes what it made, and ends. If nobody has seen it within 200 ms, or
 * at a second signal, the command ends at once all the same. Servers wait for the signals
 * themselves (server.h).
 */
#ifndef ASSAY_CLI_STOP_H
#define ASSAY_CLI_STOP_H

#include <signal.h>
#include <stdbool.h>

extern volatile sig_atomic_t stop_requested;  /* for run_options.stop */
extern volatile sig_atomic_t again_requested; /* SIGHUP came, where it means that */
void stop_on_signals(void);
void stop_in_order(void);
/* From now on SIGHUP means once more (unless the terminal went away). */
void stop_but_again_on_hangup(void);
/* Nothing is to be removed now: a signal just sets stop_requested. False: work goes on. */
void stop_at_leisure(bool idle);

#endif
