/*
 * learned.h - what a recording shows of the implementation's own ways: for the model's
 * answers, and for people (`assay fixture show --learned`).
 *
 * Ownership  learned_facts() returns a new reference: a list of {what, is, exchange}; a
 *            fact without evidence has neither `is` nor `exchange`.
 */
#ifndef ASSAY_LEARNED_H
#define ASSAY_LEARNED_H

#include <jansson.h>

#include "core/model/rules.h"
#include "core/replay/stories.h"

json_t *learned_facts(const struct stories *s);
/* The same as rules of the model. */
void learned_rules(const struct stories *s, struct model_rules *rules);

#endif
