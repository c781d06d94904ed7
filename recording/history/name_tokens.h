/*
 * name_tokens.h - names that a recording shows as tokens since they are also some payload.
 *
 * A payload becomes a token wherever its text turns up, from then on; so a secret whose
 * name is somebody's payload has two names in the recording. Its id tells that they are
 * one.
 *
 * Ownership  name_tokens_find() returns a new reference, token -> text, or NULL if
 *            there are none; name_tokens_plain() new text, or NULL if nothing is to be
 *            changed.
 */
#ifndef ASSAY_RECORDING_HISTORY_NAME_TOKENS_H
#define ASSAY_RECORDING_HISTORY_NAME_TOKENS_H

#include "recording/history/history.h"

json_t *name_tokens_find(const struct histories *s);
char *name_tokens_plain(const json_t *tokens, const char *text);

#endif
