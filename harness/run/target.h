/*
 * target.h - the target as run, diff and sweep reach it: whom they ask and as whom, what
 * its clock says, and what has to be hidden or removed.
 *
 * Ownership  profile, client, ledger and redactor are borrowed from whoever made them.
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_RUN_TARGET_H
#define ASSAY_HARNESS_RUN_TARGET_H

#include "api/profile.h"
#include "harness/run/client.h"
#include "harness/run/ledger.h"
#include "harness/run/server_clock.h"
#include "recording/redact/redactor.h"

struct target {
    const struct profile *profile;
    struct client *client;
    struct server_clock clock;
    struct redactor *redactor; /* what is shown goes through it */
    struct ledger *ledger;     /* what was made and must go again */
    char unknown_key[48];      /* a key that nobody has */
    bool bearer;               /* what was found to work; else HTTP Basic */
    bool lost;                 /* it does not answer: nothing can be removed either */
};

#endif
