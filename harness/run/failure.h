/*
 * failure.h - why there is no answer, in words.
 *
 * Ownership  the text is for free().
 * Threads    pure functions.
 */
#ifndef ASSAY_HARNESS_RUN_FAILURE_H
#define ASSAY_HARNESS_RUN_FAILURE_H

#include "core/http_transfer.h"

#define CLIENT_NO_ANSWER "no whole answer within" /* how that failure begins */

char *failure_words(const struct http_transfer *t, const struct connection *c);

#endif
