/*
 * links.h - ids and instants that an answer has inside other texts.
 *
 * Ownership  new text for free(); ids are lent by the body.
 */
#ifndef ASSAY_LINKS_H
#define ASSAY_LINKS_H

#include <jansson.h>

#include "core/base.h"

/* The object with the n-th id of an answer: its own, then those of its list. NULL at
 * the end. */
const json_t *links_object(const json_t *body, size_t n);
/* Does some other text of the answer have one of its ids in it? */
bool links_any(const json_t *body);
/* 2026-11-25T19:50:41Z, also with a fraction, in UTC. */
bool links_instant(const char *text, int64_t *epoch_s);
/* Another instant in the form of one. */
char *links_instant_like(const char *like, int64_t epoch_s);

#endif
