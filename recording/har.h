/*
 * har.h - recordings to and from HTTP Archive 1.2 (the W3C draft of 2012).
 *
 * What HAR has no place for (outcomes other than an answer, trailers, framing) is left
 * out; request and response bodies, header order and duplicates are kept. Browsers
 * leave out the text of answers that no script has read, and credentials: such an
 * answer is taken as partial, such a request as sent with the key `key:left_out`. An
 * entry that is none is left out and told by its number; one without an answer (status
 * 0, no `response`) comes in with an unknown outcome.
 *
 * Ownership  har_from() returns a new reference; har_to() fills an empty recording.
 */
#ifndef ASSAY_RECORDING_HAR_H
#define ASSAY_RECORDING_HAR_H

#include <jansson.h>

#include "recording/archive.h"

json_t *har_from(const struct recording *r);
/* Nothing is redacted yet. False: it is no HAR, or holds nothing of the server. */
bool har_to(const json_t *har, struct archive *archive, struct err *err);
bool har_is(const json_t *value);

#endif
