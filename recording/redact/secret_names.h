/*
 * secret_names.h - is what stands under this name a secret?
 *
 * By the words of a name, in any spelling: apiToken, api_token, X-Api-Token, APITOKEN.
 * The words are rules, not a list of fields: whatever has `token` in its name is one.
 * Names that have such a word and are no secret ("Idempotency-Key", "public_key",
 * "author", "token_type") are told apart.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_SECRET_NAMES_H
#define ASSAY_RECORDING_REDACT_SECRET_NAMES_H

#include "core/base.h"

enum secret_kind {
    SECRET_NONE,
    SECRET_PAYLOAD,
    SECRET_CREDENTIAL,
    SECRET_CHOSEN, /* by --redact-field, --redact-header */
};

/* Of one name, without its path. */
enum secret_kind secret_name_kind(const char *name, size_t len);
/* Of the key of a form or a query, with its brackets: is its value hidden? */
bool secret_name_hides(const char *key);
/* `key` alone: a secret in a query, perhaps a name in a body. */
bool secret_name_is_key(const char *name, size_t len);
/* A name of identifiers, times and the like: a value under it is random and no secret. */
bool secret_name_is_identifier(const char *name, size_t len);
/* Case, `_` and `-` do not count: how many bytes at the beginning of `text` spell the
 * name, 0 = they do not. */
size_t secret_name_spelt(const char *text, size_t len, const char *name);

#endif
