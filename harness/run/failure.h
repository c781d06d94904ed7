/*
 * failure.h - why there is no answer, in words.
 *
 * Ownership  the text is for free().
 * Threads    pure functions.
 */
#ifndef ASSAY_HARNESS_RUN_FAILURE_H
#define ASSAY_HARNESS_RUN_FAILURE_H

#include <curl/curl.h>

#include "core/base.h"

/* `said` is what libcurl says beyond the code, or ""; `got` of `length` bytes of the body
 * came, -1 = nobody said how many there would be. */
char *failure_words(CURLcode code, const char *said, size_t got, int64_t length);

#endif
