/*
 * embedded_ids.h - ids that an answer has inside other texts.
 *
 * Ownership  ids are lent by the body.
 */
#ifndef ASSAY_RECORDING_EMBEDDED_IDS_H
#define ASSAY_RECORDING_EMBEDDED_IDS_H

#include <jansson.h>

#include "core/base.h"

/* The object with the n-th id of an answer: its own, then those of its list. NULL at
 * the end. */
const json_t *embedded_ids_object(const json_t *body, size_t n);
/* Does some other text of the answer have one of its ids in it? */
bool embedded_ids_any(const json_t *body);

#endif
