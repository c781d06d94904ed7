/*
 * offer.h - what a target does not offer, as its profile says by `without`, and which
 * cases need that.
 */
#ifndef ASSAY_HARNESS_RUN_OFFER_H
#define ASSAY_HARNESS_RUN_OFFER_H

#include "api/profile.h"
#include "harness/spec/spec.h"

/* Why the case cannot be asked of this target, or NULL; lends. */
const char *offer_lacks(const struct profile *p, const struct test_case *t);

#endif
