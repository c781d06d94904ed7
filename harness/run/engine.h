/*
 * engine.h - a run under way. Private to harness.
 *
 * Each case is a fiber; it pauses for an answer or for time, and the loop in run.c
 * moves everything on. Names: `prefix` is "assay" and the run's six characters; a case
 * row adds its number, so nothing of two rows is ever called the same.
 */
#ifndef ASSAY_HARNESS_RUN_ENGINE_H
#define ASSAY_HARNESS_RUN_ENGINE_H

#include "core/id.h"
#include "core/linearize.h"
#include "core/match.h"
#include "harness/run/client.h"
#include "harness/run/fiber.h"
#include "harness/run/ledger.h"
#include "harness/run/run.h"
#include "harness/run/server_clock.h"
#include "harness/spec/vars.h"
#include "recording/redact/secret_set.h"

struct sleeper {
    struct fiber *fiber;
    int64_t until_ms; /* on the target's clock; surely past when woken */
};

struct run {
    const struct specs *specs;
    const struct profile *profile;
    const struct run_options *options;
    const struct run_progress *progress;
    const char *command; /* run; check and diff judge what others sent */
    struct client *client;
    size_t sent; /* requests */
    struct server_clock clock;
    char last_date[32]; /* as text, for all the answers of one second.. */
    int64_t last_date_s;
    bool last_date_good; /* ..and read, if it is a date */
    struct secret_set *secret_set;
    struct id_source ids;
    struct ledger *ledger;
    char run_id[8], prefix[16], unknown_key[48];
    char once[16];        /* of this run alone, whatever its seed */
    bool bearer;          /* what the preflight found to work */
    unsigned next_number; /* of what is no case: preflight and the like */
    unsigned rows;        /* of the whole suite */

    struct case_run **cases;
    size_t case_count, started, finished, running, waiting;
    struct fiber **ready;
    size_t ready_count;
    struct sleeper *sleepers;
    size_t sleeper_count;
    bool account_locked, ui_locked, clock_fails;
    bool limited;     /* it was said that the target limits the rate */
    const char *gone; /* why the run was given up, or NULL */
    bool lost;        /* the target does not answer: nothing can be removed either */
    unsigned unreachable, silent; /* in a row: no connection, no answer in time */

    json_t *payloads; /* object: every payload sent, as keys */
    json_t *checks, *case_list, *choices, *leftovers;
    const char *slowest; /* title of the case that took longest so far */
    int64_t slowest_ms;
    json_t *roles;        /* credential that was used -> was it ever let in? */
    double expiry_lag_ms; /* the longest measured; < 0 = none */
    double cases_ms;      /* from the first case's beginning to the last one's end */
    int64_t longest_wait_ms;
};

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
    char *blocked_why;
    bool saw_unreachable;
    int64_t started_ms, waited_ms, duration_ms;
    size_t requests;
};

/* run.c */
void run_send(struct case_run *c, struct exchange *x); /* pauses until it is answered */
/* The answer shows something that was made just then. */
void run_note_made(struct run *r, const struct exchange *x, int64_t made_s);
void run_sleep_until(struct case_run *c, int64_t target_ms);
int64_t run_now_earliest(const struct run *r); /* ms on the target's clock */
int64_t run_now_latest(const struct run *r);
void run_ready(struct run *r, struct fiber *f);
void run_say(const struct run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* selection.c: which cases are run; the slow ones first, their waiting is what the run
 * takes. */
void choose_cases(struct run *r);

/* case.c */
void case_main(void *context);
char *case_user(struct case_run *c, const char *name);      /* free() */
char *case_wire_name(struct case_run *c, const char *name); /* free() */
void case_note_made(struct case_run *c, const json_t *scope, const char *name,
                    const char *role);
/* The last set of that name in that scope was answered so. */
void case_note_answer(struct case_run *c, const json_t *scope, const char *name,
                      bool refused);
const char *case_undo_name(const struct case_run *c, const char *wire);

/* request.c: a call as a request; `params` have their variables filled in */
struct built {
    struct http_request request;
    json_t *sent;  /* the trie as sent, name short */
    json_t *scope; /* as sent, or NULL */
    char *name;    /* wire name, or NULL */
};
void build_call(struct case_run *c, const struct step *s, const struct call *call,
                const json_t *params, struct built *out);
void built_release(struct built *b);
int64_t built_time(const struct call *call, const struct built *b); /* -1 = none */
/* "longer", "shorter" or "recased": the main key, changed so that it is no credential;
 * free(). */
char *near_key(const struct profile *p, const char *as);
void add_authorization(const struct run *r, const struct step *s, const char *as,
                       struct http_headers *headers);
json_t *make_value(const json_t *value); /* $repeat, $recased, $shorter, $raw; new */

/* step.c */
bool step_run(struct case_run *c, const struct step *s, bool given);

/* evidence.c: what is shown, without keys and without payloads that are not ours */
void evidence_without_keys(struct run *r); /* before anything is shown */
json_t *evidence_mismatch(const struct run *r, const char *pointer,
                          const char *expected, const char *got); /* `got` is JSON */
json_t *exchange_json(const struct run *r, const struct exchange *x, const char *as);
json_t *result_json(const struct case_run *c, const struct exchange *x,
                    const json_t *sent);
bool check_holds(struct case_run *c, const struct check *k, const json_t *result);
void check_record(struct case_run *c, const struct check *k, enum verdict v,
                  const char *reason, json_t *mismatches, json_t *transcript);
enum verdict verdict_for(const struct clause *clause);

/* linear.c */
struct operation {
    enum effect effect;
    char *key;          /* role, scope and name */
    const char *value;  /* written, or read; NULL = nothing there */
    int64_t begin, end; /* us; end INT64_MAX = unanswered */
    bool refused;       /* had no effect and says nothing */
};
enum linearized linearizable(const struct operation *ops, size_t count,
                             const char *initial);

/* probe.c: asks the target itself what time it is */
/* A fiber: over one second, dates narrow what we know of the target's clock, and
 * something new each time shows whether they are late. */
void probe_main(void *context);
/* Advance a clock that moves by whole seconds into the last one before `second`; false:
 * it was not brought there, and may be anywhere from where it was. */
bool probe_enter_last_second(struct case_run *c, int64_t second);
/* The target says that it is before `second`: then all that was answered until now came
 * before it, whenever in its exchange a target reads its clock. */
bool probe_still_before(struct case_run *c, int64_t second);
/* What ends at `second` has ended by the target's clock. */
bool probe_is_past(struct case_run *c, int64_t second);

/* preflight.c */
const char *preflight(struct case_run *c, char *why, size_t size); /* NULL = go on */

/* results.c */
json_t *results_make(struct run *r, int64_t started_ms, int64_t duration_ms);

#endif
