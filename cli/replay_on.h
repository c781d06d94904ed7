/*
 * replay_on.h - `replay --upstream URL --on-miss record`: what was not recorded is asked
 * for, recorded, and replayed from then on.
 *
 * Ownership  borrows all that it is given.
 */
#ifndef ASSAY_CLI_REPLAY_ON_H
#define ASSAY_CLI_REPLAY_ON_H

#include "cli/options.h"
#include "cli/server.h"
#include "proxy/replayer.h"

struct replay_on {
    const struct command *command;
    const char *fixture;
    const struct profile *upstream, *credentials; /* credentials may be NULL */
};

/* Finish what a killed recorder has left of the fixture, before it is read. False sets the
 * exit code. */
bool replay_on_recover(const struct replay_on *on, int *code);
/* Until a signal, or the end of the command. The exit code. */
int replay_on_run(const struct replay_on *on, const struct replayer_options *options,
                  const struct server_company *with, struct replayer_counts *counts);

#endif
