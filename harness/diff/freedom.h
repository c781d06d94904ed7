/*
 * freedom.h - what an implementation may change in an answer without breaking a clause.
 *
 * That is still drift, for a client may depend on it; but it is called changed, not a
 * failure of a MUST.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_HARNESS_DIFF_FREEDOM_H
#define ASSAY_HARNESS_DIFF_FREEDOM_H

#include <jansson.h>

#include "recording/history/history.h"

/* May that member have changed so? NULL = it is not there. */
bool freedom_of_member(const struct interaction *t, const char *key,
                       const json_t *there, const json_t *here);
/* Is the status free to go from the recorded one to that? */
bool freedom_of_status(const struct interaction *t, int here);

#endif
