/*
 * start.h - `run --start COMMAND --wait TIME`: the target is ours to start and to end.
 *
 * Units      milliseconds.
 * Ownership  a started target is freed by started_end(), which ends it.
 * Threads    from the main thread.
 */
#ifndef ASSAY_CLI_START_H
#define ASSAY_CLI_START_H

#include "api/profile.h"

enum { START_WAIT_MS = 30000 }; /* when --wait says nothing */

struct started;

/* Start `command` by the shell and wait until its base URL answers. NULL with `err`: it
 * cannot be started, has ended, does not answer in time, or another server answers
 * there already. */
struct started *start_target(const char *command, const struct profile *target,
                             int64_t wait_ms, struct err *err);
/* End it, with its whole process group. False with a line in `err` if it had ended by
 * itself before. NULL is fine. */
bool started_end(struct started *s, struct err *err);

#endif
