/*
 * late_secrets.h - which exchanges may hold what was learned after they were redacted.
 *
 * Private to recording/redact.
 *
 * Threads    looks at several exchanges at once; nobody may add to the book meanwhile.
 */
#ifndef ASSAY_RECORDING_REDACT_LATE_SECRETS_H
#define ASSAY_RECORDING_REDACT_LATE_SECRETS_H

#include "recording/recording.h"
#include "recording/redact/secret_book.h"

/* `may` has a place for each exchange. False: to redact it again changes nothing, as long
 * as nothing more is known. */
void late_secrets_find(const struct secret_book *b, const struct recording *r,
                       bool *may);

#endif
