/*
 * match.h - the comparator: does a JSON value meet an expectation?
 *
 * An expectation is a partial tree: an object asks for its members and allows more, an
 * array is exact in length and order, a scalar is exact with its type (1 is not "1",
 * null is not absent). An object all of whose keys begin with '$' is a matcher; several
 * keys must all hold:
 *
 *   $type NAME             string integer number boolean null array object
 *   $absent true           nothing is there
 *   $null_or_absent true   null or nothing
 *   $any_of [..]           one of the expectations
 *   $not X                 X does not hold (nothing there: holds)
 *   $eq X                  equal to X exactly, objects too
 *   $match REGEX           PCRE2, anchored at both ends, UTF
 *   $prefix TEXT           a string that begins so
 *   $media TYPE            a Content-Type: that type, whatever else it says, and UTF-8
 *   $len X                 the length of an array or object, or the code points of a
 *                          string, meet X
 *   $each X                every item meets X (an empty array does)
 *   $none X                no item meets X
 *   $has [..]              each expectation is met by some item
 *   $same_set [..]         as many items, each expectation met by its own item, any order
 *   $unique true           no two items are equal
 *   $near {to, within}     a number at most `within` away from `to`
 *   $ge N  $le N           a number that is at least, at most N
 *   $gt N  $lt N           a number that is greater, less than N
 *
 * Errors     a malformed matcher is found by match_check() when a spec is loaded;
 *            match() counts one as a mismatch.
 * Threads    match() may run anywhere; compiled patterns are cached per thread.
 */
#ifndef ASSAY_CORE_MATCH_H
#define ASSAY_CORE_MATCH_H

#include "core/yaml.h"

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

/* Is the expectation well formed? Variables `${x}` may stand anywhere. */
bool match_check(const struct yaml_doc *doc, const struct yaml_node *want,
                 struct diags *diags);

#endif
