/*
 * stale.h - defects that answer a read with what was answered before. Private to api/model.
 *
 * Ownership  stale_clear() frees what the model remembers for these.
 * Threads    one caller at a time.
 */
#ifndef ASSAY_API_MODEL_STALE_H
#define ASSAY_API_MODEL_STALE_H

#include "api/model/call.h"

/* After a read was answered: perhaps the earlier answer to the same request instead. */
void stale_answer(struct model_call *c);
void stale_clear(struct model *m);

#endif
