/*
 * run_options.h - what a run is asked to do, and whom it tells how far it is.
 *
 * Units      milliseconds.
 * Ownership  options borrow what they point to; it must outlive the run.
 */
#ifndef ASSAY_HARNESS_RUN_RUN_OPTIONS_H
#define ASSAY_HARNESS_RUN_RUN_OPTIONS_H

#include <signal.h>

#include "api/profile.h"
#include "harness/spec/spec.h"

struct run_progress {
    /* Each may be NULL. `done`/`total` count cases; `waiting` those that wait for time;
     * `slowest` is the case that took longest so far, or NULL. */
    void (*tick)(void *context, size_t done, size_t total, size_t running,
                 size_t waiting, const char *longest_waiting, const char *slowest,
                 int64_t slowest_ms);
    void (*check)(void *context, const json_t *check); /* an entry of `checks`, lent */
    void (*say)(void *context, const char *line);      /* clock difference and such */
    void *context;
};

struct exchange;

struct run_options {
    int jobs; /* cases at once that are not waiting; 0 = 8 */
    uint64_t seed;
    const char *filter;   /* glob on check ids, or NULL */
    const char *clause;   /* only checks that cite it, or NULL */
    const json_t *basis;  /* an array of the sources that count, or NULL: all */
    const json_t *only;   /* an object with the ids of the only checks, or NULL */
    enum level level;     /* LEVEL_MUST or LEVEL_SHOULD: what makes the exit code */
    bool fast, fail_fast; /* fast: leave the slow cases out */
    bool red_again;       /* each red case once more, alone, at the end */
    bool own_files;       /* the specs are not the suite: nothing is said to conform */
    int repeat;           /* 0 = once */
    int shard, shards;    /* 1..shards; 0 = not sharded */
    const char
        *ledger_dir; /* where the clean-up ledger lives; NULL = the user's state */
    int64_t *clock_shift_ms;  /* by how much runs have advanced the target's clock; kept
                                 from one to the next, or NULL */
    const char *command;      /* for the document; NULL = run */
    const char *command_line; /* the same; without keys */
    /* Shown every exchange of the cases as it ends, or NULL. */
    void (*seen)(void *context, const struct exchange *x);
    void *seen_context;
    volatile sig_atomic_t *stop; /* an enum run_stop, set by a signal; or NULL */
};

/* A run that sees that it is asked to stop says that it has heard: then it sends nothing
 * more but what removes what it made, and ends. */
enum run_stop { RUN_STOP_NOT, RUN_STOP_ASKED, RUN_STOP_HEARD };
bool run_stop_heard(volatile sig_atomic_t *stop);

/* Whether the case is in the shard of `options`, and not too slow for `fast`. */
/* By filter, clause and only. `case_name` is "suite/case". */
bool run_selects(const struct run_options *options, const char *id,
                 const char *case_name, const char *clause);
/* Is it less than the whole suite, or another one? */
bool run_is_filtered(const struct run_options *options);
bool run_takes(const struct run_options *options, const struct test_case *t);

#endif
