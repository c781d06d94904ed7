/*
 * recover.h - a journal becomes part of its fixture.
 *
 * The same at a clean end of recording and after a crash: the journal's exchanges go
 * behind those of the fixture (or replace them), the fixture is written whole or not at
 * all, and then the journal is removed. If the machine stopped between the two, the
 * fixture holds the journal's session already, and only the journal is removed: doing
 * it twice changes nothing.
 */
#ifndef ASSAY_RECORDING_RECOVER_H
#define ASSAY_RECORDING_RECOVER_H

#include "recording/journal.h"
#include "recording/redact/redactor.h"

struct recovery {
    struct journal_report journal;
    size_t added, total; /* exchanges */
    bool nothing;        /* there was no journal */
    bool done_before;
    bool base_lost; /* the fixture was gone; with `force` */
};

enum recover_flags {
    RECOVER_FORCE = 1 << 0, /* leave out what is damaged, do without a lost fixture */
};

/* `late`, or NULL, is the redactor of the session itself: a secret that was learned
 * late may stand in an early exchange. Errors: the journal and the fixture stay as they
 * are. */
bool recover(const char *fixture, unsigned flags, struct redactor *late,
             struct recovery *report, struct err *err);

#endif
