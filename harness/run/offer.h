/*
 * offer.h - what a target may do without, and which steps of a case need that.
 *
 * The profile declares it (`without`), or the preflight finds it out (offer_probe.h). A
 * step that needs what is lacking is not asked, or what is red in it is laid to the lack.
 * With it go the steps that rest on it: those behind a change that was not made, and those
 * that use what it would have saved. Everything else is judged as ever.
 *
 * Ownership  texts are lent.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_RUN_OFFER_H
#define ASSAY_HARNESS_RUN_OFFER_H

#include "api/profile.h"
#include "harness/spec/spec.h"

enum offer {
    OFFER_LIST,
    OFFER_DELETE,
    OFFER_USERS,
    OFFER_ACCOUNT,
    OFFER_EXPIRY,
    OFFER_PAGINATION,
    OFFER_EXPAND,
    OFFER_IDEMPOTENCY,
    OFFER_BEARER,
    OFFER_WITHOUT_COUNT,                       /* those above are words of `without` */
    OFFER_OTHER_ACCOUNT = OFFER_WITHOUT_COUNT, /* credentials */
    OFFER_LIVE,
    OFFER_UI_EXTENSION,
    OFFER_COUNT,
    OFFER_ALL = OFFER_COUNT /* nothing is lacking */
};
#define OFFER_BIT(o) (1U << (o))

const char *offer_name(enum offer o);             /* "list", "credential live" */
const char *offer_why_without(enum offer o);      /* why what needs it is skipped */
const char *offer_role(enum offer o);             /* of a credential; else NULL */
unsigned offer_declared(const struct profile *p); /* OFFER_BITs */
/* Does the clause speak of nothing else? Then it fails where that is lacking; of other
 * clauses nobody can say. */
bool offer_owns(enum offer o, const char *clause);
/* What each step of the case lacks in that row (enum offer), into `out`, which has room for
 * t->step_count. `moved`: its only user stands for the account. */
void offer_plan(const struct test_case *t, const json_t *row, unsigned lacking,
                bool moved, unsigned char *out);
/* Does the row mention the account or list? */
bool offer_uses(const struct test_case *t, const json_t *row, enum offer o);
/* Does what it sends hold that text? */
bool offer_says(const struct test_case *t, const json_t *row, const char *word);
/* Can the row be asked of the account as well, its one user being any scope? */
bool offer_can_move(const struct test_case *t, const json_t *row);

#endif
