/*
 * run_state.h - a run under way. Private to harness.
 *
 * Each case is a fiber; it pauses for an answer or for time, and the loop in run.c moves
 * everything on. Names: `prefix` is "assay" and the run's six characters; a case row adds
 * its number, so nothing of two rows is ever called the same.
 *
 * Units      milliseconds on the target's clock where it says so, else on ours.
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_RUN_RUN_STATE_H
#define ASSAY_HARNESS_RUN_RUN_STATE_H

#include "core/id.h"
#include "harness/result_doc.h"
#include "harness/run/fiber.h"
#include "harness/run/offer.h"
#include "harness/run/run_options.h"
#include "harness/run/target.h"

struct case_run;

struct sleeper {
    struct fiber *fiber;
    int64_t until_ms; /* on the target's clock; past when woken, unless that was set */
    unsigned steps;   /* how often the clock had been set when it fell asleep */
};

struct run {
    struct result_doc doc; /* what it finds */
    size_t asked_for_red;  /* so many checks were looked at for --fail-fast */
    const struct specs *specs;
    struct target target;
    const struct run_options *options;
    const struct run_progress *progress;
    char last_date[32]; /* as text: many answers come in one second */
    int64_t last_date_s;
    bool last_date_good; /* `last_date` is a date; last_date_s is its second */
    struct id_source ids;
    char prefix[16];
    char once[16];            /* of this run alone, whatever its seed */
    unsigned without, absent; /* not offered: as declared, as found; OFFER_BITs */
    char absent_saw[OFFER_COUNT][160]; /* what was seen of each that is absent */
    bool account_taken;                /* it holds secrets that are not this run's.. */
    bool account_full;    /* ..or would be full, for nothing can be removed */
    size_t kept;          /* secrets that stay, for the same reason */
    unsigned next_number; /* of what is no case: preflight and the like */
    unsigned rows;        /* of the whole suite */

    struct case_run **cases;
    size_t case_count, started, finished, running, waiting;
    struct fiber **ready;
    size_t ready_count;
    struct sleeper *sleepers;
    size_t sleeper_count;
    bool account_locked, ui_locked, clock_fails;
    bool limited;                 /* it was said that the target limits the rate */
    unsigned unreachable, silent; /* in a row: no connection; no answer in time */
    unsigned gateways;            /* in a row: answers of a gateway */
    char why_gone[160];           /* what doc.gone may point to */

    const char *slowest; /* title of the case that took longest so far */
    int64_t slowest_ms;
    json_t *roles; /* credential that was used -> was it ever let in? */
};

void run_send(struct case_run *c, struct exchange *x); /* pauses until it is answered */
/* The answer shows something that was made just then, the first under its name. */
void run_note_made(struct run *r, const struct exchange *x, int64_t made_s);
void run_sleep_until(struct case_run *c, int64_t target_ms);
int64_t run_now_earliest(const struct run *r); /* ms on the target's clock */
int64_t run_now_latest(const struct run *r);
void run_ready(struct run *r, struct fiber *f);
void run_alone(struct run *r, struct case_run *c); /* until the case is done */
void run_say(const struct run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
