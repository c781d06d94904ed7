/*
 * names.h - names that a recording shows as tokens since they are also some payload.
 *
 * A payload becomes a token wherever its text turns up, from then on; so a secret whose
 * name is somebody's payload has two names in the recording. Its id tells that they are
 * one.
 *
 * Ownership  names_find() returns a new reference, token -> text, or NULL if there are
 *            none; names_plain() new text, or NULL if nothing is to be changed.
 */
#ifndef ASSAY_NAMES_H
#define ASSAY_NAMES_H

#include "core/replay/stories.h"

json_t *names_find(const struct stories *s);
char *names_plain(const json_t *tokens, const char *text);

#endif
