/*
 * epoch.h - whole numbers that are times: seconds since the Unix epoch, or
 * milliseconds.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_CORE_EPOCH_H
#define ASSAY_CORE_EPOCH_H

#include "core/base.h"

/* From here on a number can be a time in seconds (2001), from there on in milliseconds.
 */
#define EPOCH_LEAST_S INT64_C(1000000000)
#define EPOCH_LEAST_MS INT64_C(100000000000)

/* Units of such a number in a second. */
static inline int64_t epoch_unit(int64_t time) {
    return time >= EPOCH_LEAST_MS ? 1000 : 1;
}

static inline int64_t epoch_seconds(int64_t time) {
    return time / epoch_unit(time);
}

/* A number that can only be a time: within two years of `now_s`. */
static inline bool epoch_is_near(int64_t time, int64_t now_s) {
    const int64_t two_years_s = INT64_C(2) * 366 * 86400;
    int64_t off = epoch_seconds(time) - now_s;

    return time >= EPOCH_LEAST_S && off > -two_years_s && off < two_years_s;
}

#endif
