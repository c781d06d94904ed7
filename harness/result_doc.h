/*
 * result_doc.h - the result document of run, explore, diff and check: from what was found
 * to JSON (docs/results.md).
 *
 * Units      milliseconds.
 * Ownership  result_doc_init() makes four empty arrays, result_doc_release() drops them;
 *            whoever finds something appends to them. result_doc_make() returns a new
 *            reference. Texts are borrowed.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_RESULT_DOC_H
#define ASSAY_HARNESS_RESULT_DOC_H

#include <jansson.h>

#include "harness/run/run_options.h"
#include "harness/run/server_clock.h"

struct result_doc {
    const char *command; /* run, explore, diff or check */
    char run_id[8];      /* "" = nothing was made on a target */
    size_t requests;
    json_t *checks, *cases, *choices, *leftovers;
    json_t *absent; /* what is not offered, and no profile says so: [{what, saw}] */
    json_t *rows; /* key -> all exchanges of a row with a red check */
    const char *gone;     /* why the run was given up, or NULL */
    bool target_lost;     /* it stopped answering: what had no answer is an error */
    double cases_ms;      /* from the first case's beginning to the last one's end */
    double expiry_lag_ms; /* the longest measured; < 0 = none */
    int64_t longest_wait_ms;
    size_t hidden_secrets, hidden_parts; /* in what is shown: not of this run */
};

void result_doc_init(struct result_doc *d, const char *command);
void result_doc_release(struct result_doc *d);
/* Applies the waivers of the profile, and concludes. `clock` may be NULL: no target was
 * asked. */
json_t *result_doc_make(struct result_doc *d, const struct specs *specs,
                        const struct profile *profile,
                        const struct run_options *options,
                        const struct server_clock *clock, int64_t started_ms,
                        int64_t duration_ms);
/* Would it be red in the document, waivers considered? */
bool result_doc_is_red(const struct profile *p, const json_t *check);
/* 0, 1 or 3. */
int result_doc_exit_code(const json_t *doc);

#endif
