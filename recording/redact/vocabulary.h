/*
 * vocabulary.h - the words by which secrets are told from what is none.
 *
 * Private to recording. Fields with a credential in them, behind `payload` in the
 * set of vocabulary_add_fields(); and the words of the API itself and of HTTP: a secret
 * that equals one is no key to the rest.
 */
#ifndef ASSAY_RECORDING_REDACT_VOCABULARY_H
#define ASSAY_RECORDING_REDACT_VOCABULARY_H

#include "core/base.h"

extern const size_t vocabulary_credentials; /* how many such fields there are */
extern const char vocabulary_query_field[]; /* one more, in queries alone */

/* Is this one of the words, in whatever case? */
bool vocabulary_has(const char *text, size_t len);
/* Does this header say nothing but what HTTP itself has words for? */
bool vocabulary_is_http(const char *name, const char *value);
/* The fields that are secret by their name alone. */
struct field_set;
void vocabulary_add_fields(struct field_set *s);
/* Is this the key of one of them, in a form or a query? */
bool vocabulary_hides(const char *key);

#endif
