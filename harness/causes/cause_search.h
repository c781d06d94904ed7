/*
 * cause_search.h - the causes while they are looked for. Private to harness/causes.
 *
 * Ownership  the results and the table outlive it; causes_find() frees the rest.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_CAUSES_CAUSE_SEARCH_H
#define ASSAY_HARNESS_CAUSES_CAUSE_SEARCH_H

#include "harness/causes/cause.h"
#include "harness/causes/likelihood.h"

struct cause_search {
    struct symptoms s;
    size_t root; /* the clause that is likeliest broken, over all; or SIZE_MAX */
    struct likelihood *l; /* NULL without a table */
    struct cause *causes;
    size_t count;
    const json_t *results;
};

/* Failed, and in no cause yet. */
bool search_is_open(const struct symptom *one);
/* A new cause, the last one; a guess until somebody knows better. */
struct cause *search_add(struct cause_search *f, const char *clause);
void search_take(struct cause_search *f, struct symptom *one, size_t cause);

/* How well a known defect fits what is open; weights of checks (likelihood_weight). */
struct fit {
    double explained; /* red, and foretold */
    double refuted;   /* green, and foretold */
    double missed;    /* red, and not foretold */
};
struct fit search_fit(const struct cause_search *f, const struct diagnosis *item);
/* How much of what it explains looks like it; 1 where nobody knows. */
double search_looks_like(const struct cause_search *f, const struct diagnosis *item);
/* `sure`: one of several at once. NULL = none fits. */
const struct diagnosis *search_best_known(const struct cause_search *f, bool sure,
                                          struct fit *out);

/* What is no fault of an answer: one cause for each thing that is not offered, and one for
 * what had no answer since the target went away. */
void search_take_absent(struct cause_search *f);

#endif
