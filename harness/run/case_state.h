/*
 * case_state.h - one case while it runs, row by row: its variables, what it has made, what must
 * be removed. Private to harness.
 *
 * Ownership  the run owns its cases; case_user() and case_wire_name() are for free().
 * Threads    the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_CASE_STATE_H
#define ASSAY_HARNESS_RUN_CASE_STATE_H

#include "harness/run/offer.h"
#include "harness/run/row_log.h"
#include "harness/run/run_state.h"
#include "harness/spec/vars.h"

struct made { /* what must be removed again */
    json_t *scope;
    char *name, *role;
    bool refused; /* every set of it was answered with a 4xx */
};

struct case_run {
    struct run *run;
    const struct test_case *test;
    struct fiber *fiber;
    bool started, done, sleeping, void_answer, cleaning;
    const char *unfit;   /* why this target cannot be asked that, or NULL */
    int64_t last_second; /* the time whose last second it was brought to; 0 = none */
    bool late;        /* the last set came to the target after the time that it names */
    const char *skip; /* why it is not run; NULL = run */
    json_t *name, *title, *file; /* "suite/case" and so on, shared by all its results */
    unsigned first_number;       /* of the first row, by its place in the suite */
    unsigned number;             /* of the present row */
    unsigned attempt; /* how often its answers came too late: time is then left */
    const json_t *row;
    struct vars vars;
    json_t *users; /* name in the spec -> id */
    json_t *acked; /* "role scope name" -> payload or null */
    struct made *made;
    size_t made_count;
    json_t *looked_after; /* scopes where a raw request may have left something */
    json_t *checks;       /* results of the present row */
    int64_t judged_us;    /* when the last check of the row was judged, or it began */
    struct row_log log;   /* all that the present row has sent */
    bool status_decides;  /* the last answer's status is that of no permitted outcome */
    char *blocked_why;
    bool saw_unreachable;
    bool again;      /* it is sent once more, under other names */
    char doubt[256]; /* why what is red in the row may not be the target's, or "" */
    enum verdict doubt_verdict; /* what its red checks are then */
    bool moves,
        moved; /* the account for its one user: in some row, in the present one */
    unsigned char *plan;  /* what each step lacks (enum offer); NULL = nothing */
    enum offer lack;      /* what the present step lacks */
    bool asked_now;       /* since the last check: what time it is */
    bool timed;           /* the row goes by the target's clock.. */
    unsigned clock_steps; /* ..which had been set so often when it began */
    int64_t started_ms, waited_ms, duration_ms;
    size_t requests;
};

char *case_user(struct case_run *c, const char *name);      /* free() */
char *case_wire_name(struct case_run *c, const char *name); /* free() */
void case_note_made(struct case_run *c, const json_t *scope, const char *name,
                    const char *role);
/* The last set of that name in that scope was answered so. */
void case_note_answer(struct case_run *c, const json_t *scope, const char *name,
                      bool refused);
/* The row goes by the target's clock: where nobody knows that, it is not run. */
void case_needs_clock(struct case_run *c);
const char *case_undo_name(const struct case_run *c, const char *wire);

#endif
