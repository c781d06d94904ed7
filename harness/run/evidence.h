/*
 * evidence.h - what is shown of an exchange and of a mismatch: without keys, and without
 * payloads that are not ours.
 *
 * Ownership  what is returned as json_t is a new reference; check_record() steals its
 *            mismatches and transcript.
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_RUN_EVIDENCE_H
#define ASSAY_HARNESS_RUN_EVIDENCE_H

#include "core/match.h"
#include "harness/run/case_state.h"

void evidence_without_keys(struct target *t); /* before anything is shown */
json_t *evidence_mismatch(const struct target *t, const char *pointer,
                          const char *expected, const char *got); /* `got` is JSON */
json_t *evidence_mismatches(const struct target *t, const struct mismatches *m);
json_t *exchange_json(const struct target *t, const struct exchange *x, const char *as);
/* The same, with more of the body: what a script compares. */
json_t *exchange_of_row(const struct target *t, const struct exchange *x,
                        const char *as);
json_t *result_json(const struct case_run *c, const struct exchange *x,
                    const json_t *sent);
void check_record(struct case_run *c, const struct check *k, enum verdict v,
                  const char *reason, json_t *mismatches, json_t *transcript);
enum verdict verdict_for(const struct clause *clause);

#endif
