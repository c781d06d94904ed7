/*
 * shrink.h - sequences sent to the target, and the shortest that still fails. Private
 * to explore.
 *
 * Units      tries are cases sent.
 * Ownership  an explorer borrows what it is given.
 */
#ifndef ASSAY_HARNESS_EXPLORE_SHRINK_H
#define ASSAY_HARNESS_EXPLORE_SHRINK_H

#include "harness/explore/oracle.h"
#include "harness/run/run.h"

struct traffic;

struct explorer {
    const char *specs_dir;
    const struct profile *profile;
    const struct run_options *options;
    const struct run_progress *progress;
    struct prediction prediction;
    struct diags *diags;
    size_t length;   /* of a sequence, for who wants it again */
    uint64_t runs;   /* each has a seed, so names, of its own */
    size_t requests; /* sent by all of them */
    int64_t clock_shift_ms;
    struct traffic *traffic; /* what is sent is kept there; or NULL */
};

/* What makes two failures the same: the kind of step, and what in its answer differs
 * first. */
struct failure {
    char what[32], pointer[200], tail[64], clause[16];
    unsigned number; /* of the move, from 1 */
    unsigned index;  /* of the check in it */
    bool left;       /* seen by the look after a refused set */
};

/* The result document of these sequences, cases PREFIX-1 and so on; NULL if our side
 * failed. */
json_t *explorer_send(struct explorer *e, const char *prefix,
                      const struct sequence *list, size_t count,
                      const struct prediction *how,
                      const struct run_progress *progress);
/* The same of specs that are written already. */
json_t *explorer_run(struct explorer *e, const struct spec_text *texts, size_t count,
                     const struct run_progress *progress);
bool explorer_stopped(const struct explorer *e);
/* The failure that a check tells; false = it tells none. */
bool failure_of(const json_t *check, struct failure *f);
/* Of one kind? Statuses are compared whatever they are laid to. */
bool failure_alike(const struct failure *a, const struct failure *b);
/* Make *s, which failed so, as short as it can be. False: it did not fail again, or it
 * was interrupted before; *s is then cut behind what failed. *f is of what is left. */
bool shrink(struct explorer *e, struct sequence *s, struct failure *f);

#endif
