/*
 * traits.h - what a recording shows of the implementation's own ways: for the model's
 * answers, and for people (`assay fixture show --learned`).
 *
 * Ownership  traits_facts() returns a new reference: a list of {what, is, exchange}; a
 *            fact without evidence has neither `is` nor `exchange`.
 */
#ifndef ASSAY_REPLAY_LOAD_TRAITS_H
#define ASSAY_REPLAY_LOAD_TRAITS_H

#include <jansson.h>

#include "api/model/rules.h"
#include "recording/history/history.h"

json_t *traits_facts(const struct histories *s);
/* The same as rules of the model. */
void traits_rules(const struct histories *s, struct model_rules *rules);

#endif
