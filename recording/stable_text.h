/*
 * stable_text.h - an exchange as text without what differs each time it is recorded.
 *
 * It is what stands in the fixture file but for `exchange` and `volatile`. Ids and tokens
 * are numbered by file there, so one exchange more shifts all that follow: in the text
 * they have no number, {{id}} and payload:N, and their numbers stand apart, as references.
 *
 * Ownership  stable_texts_release() empties. The recording is borrowed for the call.
 */
#ifndef ASSAY_RECORDING_STABLE_TEXT_H
#define ASSAY_RECORDING_STABLE_TEXT_H

#include "core/buf.h"
#include "recording/recording.h"

struct stable_text {
    char *text;
    size_t len;
    char **refs; /* "id.3", "payload:1": in order of appearance */
    size_t ref_count;
};

struct stable_texts {
    struct stable_text *items; /* one an exchange */
    size_t count;
};

struct stable_texts stable_texts_of(const struct recording *r);
void stable_texts_release(struct stable_texts *t);

#endif
