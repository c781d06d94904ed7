/*
 * timestamp.h - times as texts of an implementation's own have them.
 *
 * Known are ISO 8601 (with T or a blank; a fraction; Z, an offset or nothing) and the
 * dates of HTTP, and as a word inside another text seconds or milliseconds of the
 * epoch.
 *
 * Units      seconds since the epoch; a fraction stays what it is.
 * Ownership  new text for free().
 */
#ifndef ASSAY_CORE_TIMESTAMP_H
#define ASSAY_CORE_TIMESTAMP_H

#include "core/base.h"

/* The length of the timestamp that begins at `text`; 0 = none does. */
size_t timestamp_at(const char *text, int64_t *epoch_s);
/* Is the whole text one (and no mere number)? */
bool timestamp_is(const char *text, int64_t *epoch_s);
/* Another timestamp in the form of the first `len` bytes of `like`. */
char *timestamp_like(const char *like, size_t len, int64_t epoch_s);

#endif
