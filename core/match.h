/*
 * match.h - the comparator: does a JSON value meet an expectation?
 *
 * An expectation is a partial tree: an object asks for its members and allows more, an
 * array is exact in length and order, a scalar is exact with its type (1 is not "1",
 * null is not absent). An object all of whose keys begin with '$' is a matcher; several
 * keys must all hold. matcher.h has the table of the matchers.
 *
 * Errors     a malformed matcher is found by match_check() when a spec is loaded;
 *            match() counts one as a mismatch.
 * Threads    match() may run anywhere; compiled patterns are cached per thread.
 */
#ifndef ASSAY_CORE_MATCH_H
#define ASSAY_CORE_MATCH_H

#include <jansson.h>

#include "core/base.h"

struct mismatch {
    char *pointer;  /* RFC 6901, into the value */
    char *expected; /* words or JSON, e.g. `200`, `null or absent` */
    char *got;      /* compact JSON, "nothing" */
};

enum { MISMATCHES_MAX = 10 };

struct mismatches {
    struct mismatch *items;
    size_t count;
};

/* `got` NULL = nothing is there. `out` may be NULL. */
bool match(const json_t *want, const json_t *got, struct mismatches *out);
void mismatches_release(struct mismatches *m);
void match_forget(void); /* free this thread's compiled patterns */

#endif
