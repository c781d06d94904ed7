/*
 * token.h - what stands for a secret: "payload:1", "key:2 (test)".
 *
 * A token is a kind and an ordinal, or a role: it says nothing of the value.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_TOKEN_H
#define ASSAY_RECORDING_REDACT_TOKEN_H

#include "core/base.h"

enum token_kind {
    TOKEN_KEY,
    TOKEN_CREDENTIAL,
    TOKEN_COOKIE,
    TOKEN_PAYLOAD,
    TOKEN_REDACTED
};
enum { TOKEN_KINDS = TOKEN_REDACTED + 1 };

/* What tokens begin with, before the colon. */
extern const char *const redactor_kinds[TOKEN_KINDS];
/* The same for several of a kind: "payloads". */
extern const char *const redactor_kinds_plural[TOKEN_KINDS];

/* The token that a redacted text is: its length at the beginning of `text`, or 0. */
size_t redactor_token(const char *text, size_t len);

/* Does a token stand anywhere in a name? It says nothing of the value. */
bool redactor_has_token(const char *text, size_t len);

/* Behind the token of what was a number in JSON, in the string that stands there now. */
#define REDACTOR_NUMBER " (number)"

/* Is it the token of a number? */
bool redactor_token_number(const char *text);
/* The token alone; free(). */
char *redactor_token_bare(const char *text);

#endif
