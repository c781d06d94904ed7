/*
 * stop.h - SIGINT and SIGTERM end a run in order: what it made is removed. The second
 * one ends it at once.
 */
#ifndef ASSAY_CLI_STOP_H
#define ASSAY_CLI_STOP_H

#include <signal.h>

extern volatile sig_atomic_t stop_requested; /* for run_options.stop */
void stop_on_signals(void);

#endif
