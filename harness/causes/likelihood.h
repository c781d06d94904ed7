/*
 * likelihood.h - which clause is broken, by what its breaking turned red before.
 *
 * Naive Bayes over clauses: the known defects say how often a clause is red when another
 * is the broken one. To that come the share of the red checks that cite the clause, and
 * of those that are the first red of their case: what went wrong first is nearer to the
 * root.
 *
 * Ownership  likelihood_free() frees all.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_CAUSES_LIKELIHOOD_H
#define ASSAY_HARNESS_CAUSES_LIKELIHOOD_H

#include "harness/causes/symptoms.h"

struct likelihood;

/* From all defects of the table that are not left out. */
struct likelihood *likelihood_new(const struct diagnoses *d);
void likelihood_free(struct likelihood *l);
/* How often clause `red` is red when `broken` is: 0 to 1; `usual`: whatever is broken. */
double likelihood_together(const struct likelihood *l, size_t broken, size_t red);
double likelihood_usual(const struct likelihood *l, size_t red);
/* What a check tells: log of how rarely it is red. */
double likelihood_weight(const struct likelihood *l, size_t check);
/* The clause that is most likely broken, of those of the failed symptoms without a
 * cause; SIZE_MAX = none of them is in the table. */
size_t likelihood_broken(const struct likelihood *l, const struct symptoms *s);

#endif
