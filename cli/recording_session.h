/*
 * recording_session.h - one run of a recorder, from its journal to the fixture: what
 * `record` does, and `replay --on-miss record`.
 *
 * Ownership  a session borrows all that it points to.
 */
#ifndef ASSAY_CLI_RECORDING_SESSION_H
#define ASSAY_CLI_RECORDING_SESSION_H

#include "cli/options.h"
#include "cli/server.h"
#include "proxy/recorder.h"

struct recording_session {
    const struct command *command;
    const char *fixture;
    const char *conflict;   /* append, fail or replace, when the fixture exists */
    const char *durability; /* strict, batch or none */
    struct redactor *redactor;
    int64_t started_ms; /* set by recording_session_run() */
};

/* What a killed recorder has left of the fixture is finished. False sets the exit code. */
bool recording_session_recover(const struct recording_session *s, int *code);
/* Until a signal, or the end of the command. The exit code. */
int recording_session_run(struct recording_session *s, const struct recorder_options *o,
                          const struct server_company *with);

#endif
