/*
 * har.h - recordings to and from HTTP Archive 1.2 (the W3C draft of 2012).
 *
 * What HAR has no place for (outcomes other than an answer, trailers, framing) is left
 * out; request and response bodies, header order and duplicates are kept. Browsers
 * leave out the text of answers that no script has read, and credentials: such an
 * answer is taken as partial, such a request as sent with the key `key:left_out`.
 *
 * Ownership  har_from() returns a new reference; har_to() fills an empty recording.
 */
#ifndef ASSAY_RECORDING_HAR_H
#define ASSAY_RECORDING_HAR_H

#include <jansson.h>

#include "recording/recording.h"

struct har_report {
    size_t taken;
    size_t other_origin; /* entries that went to another server than the first one */
    size_t not_http;     /* data:, file:, ws: .. */
    size_t no_body;      /* answers whose text the HAR does not hold: partial */
    size_t no_key;       /* requests let in without a key to be seen: it was left out */
};

json_t *har_from(const struct recording *r);
/* Nothing is redacted yet. False with the place ("/log/entries/3/request") in err. */
bool har_to(const json_t *har, struct recording *r, struct har_report *report,
            struct err *err);
bool har_is(const json_t *value);

#endif
