/* The result of a step and a check come in; one record of what it says goes out: a verdict, and
 * where it is not a pass the mismatches and the requests that show it. */
#include "harness/run/judge.h"

#include <stdlib.h>

#include "core/jsonx.h"
#include "core/match.h"
#include "core/mem.h"
#include "harness/run/evidence.h"
#include "harness/spec/spec_load.h"

/* One expectation with its variables; -1 = a variable is missing, else 0 or 1. */
static int holds(struct case_run *c, const json_t *expect, const json_t *result,
                 struct mismatches *m, char missing[64]) {
    json_t *want = vars_fill(&c->vars, expect, missing);
    bool ok;

    if (!want)
        return -1;
    ok = match(want, result, m);
    json_decref(want);
    return ok;
}

/* `${sent.x}` speaks of the call whose answer is looked at. */
static void set_sent(struct case_run *c, const json_t *result) {
    json_t *sent = json_object_get(result, "sent");

    vars_set(&c->vars, "sent", sent ? sent : json_null());
}

bool check_holds(struct case_run *c, const struct check *k, const json_t *result) {
    char missing[64];

    set_sent(c, result);
    if (k->left_nothing)
        return true;
    if (k->expect)
        return holds(c, k->expect, result, NULL, missing) == 1;
    for (size_t i = 0; i < k->outcome_count; i++)
        if (!k->outcomes[i].expect ||
            holds(c, k->outcomes[i].expect, result, NULL, missing) == 1)
            return k->outcomes[i].verdict == VERDICT_PASS ||
                   k->outcomes[i].verdict == VERDICT_NOTE;
    return false;
}

/* Is there an outcome, but for failures, that an answer with this status can be? */
static bool status_is_permitted(struct case_run *c, const struct check *k,
                                const json_t *result) {
    char missing[64];

    for (size_t i = 0; i < k->outcome_count; i++) {
        const struct outcome *o = &k->outcomes[i];
        json_t *status = json_object_get(o->expect, "status"), *alone;
        int fits = 1;

        if (o->verdict == VERDICT_FAIL)
            continue;
        if (status) {
            alone = json_pack("{s:O}", "status", status);
            fits = holds(c, alone, result, NULL, missing);
            json_decref(alone);
        }
        if (fits != 0)
            return true;
    }
    return false;
}

static void judge_outcomes(struct attempt *a, const struct check *k) {
    struct case_run *c = a->c;
    struct mismatches m = {0};
    char missing[64];

    c->status_decides = !status_is_permitted(c, k, a->result);

    for (size_t i = 0; i < k->outcome_count; i++) {
        const struct outcome *o = &k->outcomes[i];
        int fits =
            o->expect ? holds(c, o->expect, a->result, i == 0 ? &m : NULL, missing) : 1;
        enum verdict v =
            o->verdict == VERDICT_FAIL ? verdict_for(k->clause) : o->verdict;

        if (fits < 0) {
            check_record(c, k, VERDICT_BLOCKED, "a value it needs is missing", NULL,
                         attempt_transcript(a));
            mismatches_release(&m);
            return;
        }
        if (!fits)
            continue;
        check_record(c, k, v, o->say,
                     o->verdict == VERDICT_FAIL || o->verdict == VERDICT_WARN
                         ? evidence_mismatches(&c->run->target, &m)
                         : NULL,
                     v == VERDICT_PASS || v == VERDICT_NOTE ? NULL
                                                            : attempt_transcript(a));
        mismatches_release(&m);
        return;
    }
    check_record(c, k, verdict_for(k->clause), "none of the permitted outcomes",
                 evidence_mismatches(&c->run->target, &m), attempt_transcript(a));
    mismatches_release(&m);
}

/* Does the clause say anything of such an answer? Another check judges that it is so. */
static bool speaks_of(const struct clause *clause, const json_t *result) {
    json_int_t status = jsonx_int(result, "status", -1);

    return status < 0 || clause->of == OF_ALL ||
           (clause->of == OF_BODIES ? status > 0 && *jsonx_string(result, "text", "-")
                                    : status / 100 == 4);
}

void attempt_judge(struct attempt *a, const struct check *k) {
    struct case_run *c = a->c;
    struct mismatches m = {0};
    char missing[64], *why;
    int fits;

    if (c->run->doc.gone) { /* what came after that says nothing about the target */
        check_record(c, k, VERDICT_ERROR, c->run->doc.gone, NULL, NULL);
        return;
    }
    if (a->undecided && check_asks_for_order(k)) {
        check_record(c, k, VERDICT_ERROR, a->undecided, NULL, attempt_transcript(a));
        return;
    }
    if (!speaks_of(k->clause, a->result)) {
        check_record(c, k, VERDICT_PASS, "the clause says nothing of this answer", NULL,
                     NULL);
        return;
    }
    set_sent(c, a->result);
    if (!k->expect) {
        judge_outcomes(a, k);
        return;
    }
    c->asked_now = false;
    fits = holds(c, k->expect, a->result, &m, missing);
    if (fits == 0 && c->asked_now && c->run->target.clock.unsure) {
        check_record(c, k, VERDICT_SKIP,
                     "which of two clocks is the target's is not known", NULL, NULL);
    } else if (fits < 0) {
        why = mem_printf("the value \"%s\" that an earlier step saves is missing",
                         missing);
        check_record(c, k, VERDICT_BLOCKED, why, NULL, attempt_transcript(a));
        free(why);
    } else if (fits) {
        check_record(c, k, VERDICT_PASS, NULL, NULL, NULL);
    } else {
        check_record(c, k, verdict_for(k->clause),
                     jsonx_string(a->result, "failure", NULL),
                     evidence_mismatches(&c->run->target, &m), attempt_transcript(a));
    }
    mismatches_release(&m);
}
