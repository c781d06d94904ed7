/*
 * profile_clock.h - the call that moves a target's clock on, as its profile writes it.
 *
 * Only for a profile that has one (clock_path). `${seconds}` may stand in the path, in
 * the form, or in both.
 *
 * Ownership  profile_clock_request() fills in an empty request; the caller releases it.
 * Threads    any; a profile is read only.
 */
#ifndef ASSAY_API_PROFILE_CLOCK_H
#define ASSAY_API_PROFILE_CLOCK_H

#include "api/profile.h"
#include "core/http.h"

void profile_clock_request(const struct profile *p, int64_t seconds,
                           struct http_request *out);
/* Is this that call? Then *seconds is by how much it moves the clock; 0 = it says
 * nothing that can be read. */
bool profile_clock_is(const struct profile *p, const struct http_request *q,
                      int64_t *seconds);

#endif
