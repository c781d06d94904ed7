/*
 * attempt.h - one step while it runs: what it has sent, what came of it. Private to the
 * harness.
 *
 * Ownership  attempt_release() frees what an attempt has gathered, not the attempt.
 * Threads    the fiber of its case.
 */
#ifndef ASSAY_HARNESS_RUN_ATTEMPT_H
#define ASSAY_HARNESS_RUN_ATTEMPT_H

#include "harness/run/case_state.h"
#include "harness/run/linear.h"

struct attempt {
    struct case_run *c;
    const struct step *s;
    json_t *transcript, *result;
    const char *undecided; /* why nobody knows whether `linearizable` holds; or NULL */
    size_t *kept; /* exchanges of the row that are not yet in the transcript */
    size_t kept_count;
};

/* What the branches of a parallel block have done, for linearizable(). */
struct parallel_history {
    struct operation *ops; /* each owns its key */
    char **values;         /* one an operation: the text that it shows */
    size_t count;
};

/* Take over the contents of an exchange. */
void attempt_keep(struct attempt *a, struct exchange *x, const char *as);
/* What was kept becomes part of the transcript; lent. */
json_t *attempt_transcript(struct attempt *a);
void attempt_release(struct attempt *a);
/* Steals the result. */
void attempt_result(struct attempt *a, json_t *result);
/* Send one call; its answer is the result. False: it must not be sent. h may be NULL.
 */
bool attempt_send(struct attempt *a, const struct call *call, const json_t *params,
                  const char *as, struct parallel_history *h);
/* walk.c: all pages of a list. */
bool attempt_walk(struct attempt *a, const json_t *params, const char *as);
/* parallel.c: branches side by side. */
bool attempt_parallel(struct attempt *a);
/* step.c: whatever the step's verb is. */
bool attempt_verb(struct attempt *a, struct parallel_history *h);
/* The key under which a case keeps what stands under a name; free(). */
char *slot_of(const char *as, const json_t *scope, const char *name);
/* Whose world a credential sees: all but two see main's. */
const char *world_of(const char *as);

#endif
