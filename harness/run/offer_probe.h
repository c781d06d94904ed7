/*
 * offer_probe.h - finds out what a target does not offer, by some two dozen requests.
 *
 * Careful: what is answered wrongly is a fault, not a lack. A call is not offered if it is
 * answered 405 or 501, or 404 as a path that nobody knows is; all else only if it is
 * refused or ignored at every try. What the profile declares is not asked.
 *
 * Threads    a fiber.
 */
#ifndef ASSAY_HARNESS_RUN_OFFER_PROBE_H
#define ASSAY_HARNESS_RUN_OFFER_PROBE_H

#include "harness/run/case_state.h"

/* Is a user's scope refused, and the account open? True: c->moved is set, and requests of
 * this case go to the account from then on. */
bool offer_probe_users(struct case_run *c);
/* All else; says what it found, and the line of the profile that declares it. */
void offer_probe_rest(struct case_run *c);
/* What is in the way of asking the account: what others left there, or that nothing can be
 * removed. */
void offer_probe_account(struct case_run *c);

#endif
