/*
 * vcr.h - cassettes of the VCR family into recordings: YAML or JSON, as Ruby's VCR and
 * Python's vcrpy write them.
 *
 * A cassette has an interaction after the other without their order in time being
 * exact: Ruby's say when each was recorded, to the second; Python's do not. They are
 * taken one after the other, by `recorded_at` or the answer's Date where there is one.
 *
 * Ownership  vcr_load() returns a new reference, for vcr_to(), which fills an empty
 *            recording.
 */
#ifndef ASSAY_RECORDING_VCR_H
#define ASSAY_RECORDING_VCR_H

#include <jansson.h>

#include "recording/archive.h"

/* Either syntax. Errors name the place in `source`. */
json_t *vcr_load(const char *source, const char *text, size_t len, struct err *err);
/* Nothing is redacted yet. False: it is no cassette, or holds nothing of the server. */
bool vcr_to(const json_t *cassette, struct archive *archive, struct err *err);

#endif
