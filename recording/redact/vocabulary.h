/*
 * vocabulary.h - the words by which secrets are told from what is none.
 *
 * The words of the API itself and of HTTP, and times: a secret that equals one is
 * replaced where it is a secret by its name, and nowhere else.
 *
 * Private to recording/redact.
 */
#ifndef ASSAY_RECORDING_REDACT_VOCABULARY_H
#define ASSAY_RECORDING_REDACT_VOCABULARY_H

#include "core/base.h"

/* Is this one of the words, in whatever case, or a time? */
bool vocabulary_has(const char *text, size_t len);
/* Does this header say nothing but what HTTP itself has words for? */
bool vocabulary_is_http(const char *name, const char *value);

#endif
