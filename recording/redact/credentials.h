/*
 * credentials.h - which part of a header's value is secret, by the header's name.
 *
 * Private to recording/redact.
 */
#ifndef ASSAY_RECORDING_REDACT_CREDENTIALS_H
#define ASSAY_RECORDING_REDACT_CREDENTIALS_H

#include "core/http.h"
#include "recording/redact/draft.h"

/* Add the value of a header to a draft. */
void draft_header(struct draft *d, const struct http_header *h);

#endif
