/*
 * journal.h - what a recorder has seen, on disk before a client sees it.
 *
 * A text file beside the fixture, one record a line: CRC-32 of the rest in eight hex
 * digits, its length, a JSON object. First who records what and when, then an intent
 * for each request and an outcome for each answer. Records are collected in memory and
 * committed together: one write, and by the durability one sync, for all that wait.
 *
 *   strict  a commit returns after fdatasync(): safe against loss of power
 *   batch   a commit returns after write(): safe against the end of the process; a sync
 *           follows within JOURNAL_SYNC_MS
 *   none    as batch, without the sync
 *
 * Errors     a commit that fails leaves the file as it was before (a torn write is cut
 *            off) and drops its records: their callers must not go on. Later commits
 *            try again, but after a failed sync or cut the journal is broken for good.
 * Threads    one at a time.
 */
#ifndef ASSAY_RECORDING_JOURNAL_H
#define ASSAY_RECORDING_JOURNAL_H

#include "recording/recording.h"

enum durability { DURABILITY_STRICT, DURABILITY_BATCH, DURABILITY_NONE };
enum { JOURNAL_SYNC_MS = 50 };

struct journal_head {
    char session[40]; /* random id of this run */
    int64_t started_ms;
    char *upstream, *tool;
    bool replace; /* the fixture that was there before goes */
    size_t base;  /* exchanges that it held when this session began */
};

struct journal;

/* The path of the journal of a fixture, one for all its links; free(). */
char *journal_path(const char *fixture);
/* Create and lock; fails when another process holds it or when it has records. */
struct journal *journal_create(const char *path, const struct journal_head *head,
                               enum durability durability, struct err *err);
/* By which a token is known again (identity_key.h). */
void journal_mark(struct journal *j, const char *token, const char *mark);
void journal_intent(struct journal *j, const struct recorded *x);
void journal_outcome(struct journal *j, const struct recorded *x);
/* Write what was added since the last commit. */
bool journal_commit(struct journal *j, struct err *err);
/* batch: sync if it is due. Returns the ms until it will be, -1 = nothing waits. */
int64_t journal_sync_due(struct journal *j);
uint64_t journal_syncs(const struct journal *j);
/* At the end: is it where it will be looked for? One that was removed is written anew,
 * here and at each commit; *restored tells whether that was needed. */
bool journal_settle(struct journal *j, bool *restored, struct err *err);
/* Removes the file if `remove`; unlocks. NULL is fine. */
void journal_close(struct journal *j, bool remove);

struct journal_report {
    size_t records, intents, outcomes;
    size_t unknown;       /* requests without an outcome */
    size_t cut_bytes;     /* of a torn last record */
    size_t damaged_bytes; /* skipped within, with `force` */
    int damaged_line;
};

/* Into an empty recording, by arrival. A file without a whole head is an empty
 * recording. A damaged record with good ones behind it is an error without `force`. */
bool journal_read(const char *path, struct journal_head *head, struct recording *r,
                  struct journal_report *report, bool force, struct err *err);
void journal_head_release(struct journal_head *head);

/* For tests: ASSAY_FAULT=write:N | short:N | sync:N | kill:N makes the N-th call of a
 * journal's life fail, write half, or end the process. */

#endif
