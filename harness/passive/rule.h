/*
 * rule.h - one recorded exchange before one rule. Private to passive.
 *
 * A rule looks at each exchange in the order of their arrival and says what it expected
 * and got; what it never expects anything of is no evidence for its clause.
 * rules_objects.c has those of what a secret looks like, rules_secrets.c of what becomes
 * of one, rules_lists.c of lists, rules_pages.c of pages and cursors, rules_identity.c of
 * whose an id is, rules_requests.c of what must be refused, rules_answers.c of every
 * answer. What a gateway answered is shown to none of them.
 *
 * Ownership  a context borrows all but `found` and `memory`, for json_decref().
 */
#ifndef ASSAY_HARNESS_PASSIVE_RULE_H
#define ASSAY_HARNESS_PASSIVE_RULE_H

#include <jansson.h>

#include "recording/history/history.h"

enum {
    RULE_GRACE_S = 1,
    RULE_QUICK_US =
        700000, /* a slower answer's Date is not the time that it speaks of */
    /* who asked may have met another state than the last write left */
    RULE_DOUBTS = DOUBT_CONCURRENT | DOUBT_AFTER_CONCURRENT | DOUBT_KEY
};

struct rule_context {
    const struct histories *histories;
    const struct interaction *t;
    const struct history *history;
    json_t *body;       /* NULL = no JSON */
    bool answered_well; /* 2xx */
    bool time_is_sure;  /* one clock dates the answers, and was not set back */
    json_t *memory;     /* an object: what the rule keeps of the exchanges before */
    unsigned judged;
    json_t *found; /* mismatches */
};

struct rule {
    const char *name, *clause, *title;
    void (*judge)(struct rule_context *k);
};

struct rules {
    const struct rule *items;
    size_t count;
};

extern const struct rules passive_objects, passive_secrets, passive_lists,
    passive_pages, passive_identity, passive_requests, passive_answers;

void rule_expect(struct rule_context *k, bool ok, const char *pointer,
                 const char *expected, const json_t *got);
void rule_expect_status(struct rule_context *k, bool ok, const char *expected);
/* Is the answer dated by the clock that expiry goes by, as far as can be told? */
bool rule_knows_time(const struct rule_context *k);
/* The secret that the exchange is about, "HISTORY NAME", or that of a listed name; false
 * if the name is not known. */
bool rule_slot(const struct rule_context *k, const char *name, char *out, size_t size);
/* The request asked for the payload to be shown. */
bool rule_expands(const struct rule_context *k);
/* Every secret that an answer shows. */
void rule_each_secret(struct rule_context *k,
                      void (*judge)(struct rule_context *k, const json_t *secret,
                                    const char *pointer));
/* A name with a token in it was not recorded as it was sent: it is no evidence. */
bool rule_has_token(const char *text);

#endif
