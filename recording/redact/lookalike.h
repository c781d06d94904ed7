/*
 * lookalike.h - what looks like a secret by its form: API keys, private keys, tokens of
 * well-known services, passwords in URLs, and keys that an error message has masked with
 * stars.
 */
#ifndef ASSAY_RECORDING_REDACT_LOOKALIKE_H
#define ASSAY_RECORDING_REDACT_LOOKALIKE_H

#include "core/base.h"

enum lookalike_kind { LOOKALIKE_KEY, LOOKALIKE_CREDENTIAL, LOOKALIKE_MASKED };

struct lookalike {
    enum lookalike_kind kind;
    size_t at, len;
};

/* The first one at or after `from`. A masked text is any word with three stars or more
 * in it; whether it is a key, the caller knows. */
bool lookalike_find(const char *text, size_t len, size_t from, struct lookalike *hit);
/* Does a text begin as the API's keys do? */
bool lookalike_is_key(const char *text, size_t len);

#endif
