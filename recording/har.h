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
 * Ownership  har_to() fills an empty recording.
 */
#ifndef ASSAY_RECORDING_HAR_H
#define ASSAY_RECORDING_HAR_H

#include <jansson.h>

#include "core/json_pen.h"
#include "recording/archive.h"

/* A recording that is being written as HAR; zeroed but for `recording`, it begins. */
struct har_writing {
    const struct recording *recording;
    size_t next, session;
    bool begun;
    struct json_pen pen;
};

/* Adds the next piece to `out`; false after the last one. */
bool har_write(struct har_writing *w, struct buf *out);
/* Nothing is redacted yet. False: it is no HAR, or holds nothing of the server. */
bool har_to(const json_t *har, struct archive *archive, struct err *err);
bool har_is(const json_t *value);

#endif
