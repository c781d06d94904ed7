/* What a target does not offer and a case come in. Which steps of a row are asked, and in
 * which scope, goes out. */
#include "harness/run/case_offer.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

bool case_offer_lacks(const struct run *r, enum offer o) {
    return (r->without | r->absent) & OFFER_BIT(o);
}

static bool row_moves(const struct run *r, const struct test_case *t,
                      const json_t *row) {
    return case_offer_lacks(r, OFFER_USERS) && !case_offer_lacks(r, OFFER_ACCOUNT) &&
           !r->account_full && offer_can_move(t, row) &&
           !(r->account_taken && offer_uses(t, row, OFFER_LIST)) &&
           /* names that other rows have, too */
           !(case_offer_lacks(r, OFFER_DELETE) && offer_says(t, row, "\"$raw\""));
}

void case_offer_begin(struct run *r) {
    for (size_t i = 0; i < r->case_count && case_offer_lacks(r, OFFER_USERS); i++) {
        struct case_run *c = r->cases[i];
        const json_t *rows = c->test->for_each;
        size_t count = rows ? json_array_size(rows) : 1;

        for (size_t k = 0; k < count && !c->skip && !c->moves; k++)
            c->moves = row_moves(r, c->test, rows ? json_array_get(rows, k) : NULL);
    }
}

/* Scopes that are not this row's alone: what others made stays there, if nothing can be
 * removed. */
static bool shares_scope(const struct case_run *c) {
    return c->moved || c->run->target.profile->user_count ||
           offer_uses(c->test, c->row, OFFER_ACCOUNT) ||
           offer_uses(c->test, c->row, OFFER_UI_EXTENSION);
}

void case_offer_row(struct case_run *c) {
    const struct test_case *t = c->test;
    struct run *r = c->run;
    unsigned lacking = r->without | r->absent;
    bool left; /* what other rows made is in its scopes */

    if (!lacking)
        return;
    free(c->plan);
    c->plan = mem_new(t->step_count + 1, sizeof(*c->plan));
    c->moved = c->moves && row_moves(r, t, c->row);
    left = case_offer_lacks(r, OFFER_DELETE) && shares_scope(c);
    offer_plan(t, c->row, lacking | (left ? OFFER_BIT(OFFER_LIST) : 0), c->moved,
               c->plan);
    for (size_t i = 0; i < t->step_count && left; i++)
        if (r->account_full ||
            (c->plan[i] == OFFER_LIST && !case_offer_lacks(r, OFFER_LIST)))
            c->plan[i] = OFFER_DELETE;
}

bool case_offer_skips(struct case_run *c, size_t step) {
    c->lack = c->plan ? (enum offer)c->plan[step] : OFFER_ALL;
    return c->lack != OFFER_ALL && c->run->without & OFFER_BIT(c->lack);
}

const char *case_offer_why(const struct case_run *c, size_t step) {
    return offer_why_without((enum offer)c->plan[step]);
}

bool case_offer_keeps(const struct run *r) {
    return case_offer_lacks(r, OFFER_DELETE);
}

void case_offer_end(struct run *r) {
    if (r->kept)
        json_array_append_new(r->doc.leftovers,
                              json_pack("{s:{}, s:o, s:s}", "scope", "name",
                                        json_sprintf("%zu secrets", r->kept), "why",
                                        "the target does not offer delete"));
}
