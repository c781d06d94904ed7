/*
 * case_offer.h - the cases of a run before a target that offers a part: which of their
 * steps are asked, and which of them move to the account. Private to harness.
 *
 * Ownership  case_offer_row() makes the plan of the row, which end of row frees.
 * Threads    the thread of the run; the fiber of the case.
 */
#ifndef ASSAY_HARNESS_RUN_CASE_OFFER_H
#define ASSAY_HARNESS_RUN_CASE_OFFER_H

#include "harness/run/case_state.h"

/* Once it is known what is lacking: the cases that will want the account. */
void case_offer_begin(struct run *r);
/* Declared or found. */
bool case_offer_lacks(const struct run *r, enum offer o);
void case_offer_row(struct case_run *c); /* of the row that has begun */
/* The present step is this one. Is it left out? */
bool case_offer_skips(struct case_run *c, size_t step);
const char *case_offer_why(const struct case_run *c, size_t step);
/* Is nothing removed, since nothing can be? */
bool case_offer_keeps(const struct run *r);
/* What stays for that reason, as one entry of what is left behind. */
void case_offer_end(struct run *r);

#endif
