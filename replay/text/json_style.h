/*
 * json_style.h - what the model answers, in the looks of a recorded answer: its members
 * and their order, null or absent, its spacing, its headers.
 *
 * Ownership  new text for free().
 */
#ifndef ASSAY_REPLAY_TEXT_JSON_STYLE_H
#define ASSAY_REPLAY_TEXT_JSON_STYLE_H

#include <jansson.h>

#include "core/http.h"

/* Does a member or a header of that name count what a list holds? */
bool json_style_counts(const char *name);
/* A JSON text in the spacing of another. */
char *json_style_dump(const json_t *value, const char *like, size_t like_len);
/* Members of the pattern, with the values that `value` has for them; lists have an item
 * like the pattern's, else like `item`, for each of theirs. `exact`: the pattern
 * answered such a request, so what it lacks is not shown. `shift`: the seconds since
 * then, for times that are not a secret's. New reference. */
json_t *json_style_merge(const json_t *pattern, const json_t *item, const json_t *value,
                         bool exact, int64_t shift);

#endif
