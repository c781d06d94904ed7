/*
 * traffic.h - what explore has sent and got, kept as a recording and judged by the rules
 * of recordings (harness/passive).
 *
 * Secrets are replaced before anything is kept, as a recorder does.
 *
 * Ownership  traffic_free() frees; traffic_judge() returns a new reference.
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_EXPLORE_TRAFFIC_H
#define ASSAY_HARNESS_EXPLORE_TRAFFIC_H

#include "api/profile.h"
#include "harness/spec/catalogue.h"

struct traffic;
struct exchange;

struct traffic *traffic_new(const struct profile *p);
void traffic_free(struct traffic *t); /* NULL is fine */
/* Keep one exchange, also one without an answer; `context` is a struct traffic. */
void traffic_add(void *context, const struct exchange *x);
/* An array: the checks of the rules that had something to judge, each
 * `explore/traffic/RULE.CLAUSE`. */
json_t *traffic_judge(const struct traffic *t, struct catalogue *catalogue);

#endif
