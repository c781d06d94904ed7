/* Interactions that were in flight together: which doubts they get. */
#include "check.h"
#include "recorded.h"
#include "recording/history/concurrency.h"
#include "recording/history/history_load.h"

/* From `began` to `ended`, in milliseconds. */
static void between(struct recorded *x, int64_t began_ms, int64_t ended_ms) {
    x->began_us = began_ms * 1000;
    x->ended_us = ended_ms * 1000;
}

static bool doubts(const struct histories *s, size_t i, unsigned which) {
    return has_doubt(&s->interactions[i], which);
}

static void what_came_one_after_the_other_is_certain(void) {
    struct recording r = {0};
    struct histories *s;

    record_set(&r, 1, "a", "payload:1", "id_1", 0);
    record_find(&r, 2, "a", "id_1", 1);
    s = histories_new(&r);
    for (size_t i = 0; i < s->count; i++)
        CHECK_INT("doubts", s->interactions[i].doubts, 0);
    histories_free(s);
    recording_release(&r);
}

static void writes_of_one_secret_in_flight_together_are_marked(void) {
    struct recording r = {0};
    struct histories *s;

    between(record_set(&r, 1, "a", "payload:1", "id_1", 0), 1000, 1400);
    between(record_set(&r, 1, "a", "payload:2", "id_1", 1), 1100, 1300);
    s = histories_new(&r);
    CHECK(doubts(s, 0, DOUBT_CONCURRENT) && doubts(s, 0, DOUBT_SAME_SECRET));
    CHECK(doubts(s, 1, DOUBT_SAME_SECRET) && !doubts(s, 1, DOUBT_OTHER_SECRET));
    histories_free(s);
    recording_release(&r);
}

static void writes_of_two_secrets_are_told_apart(void) {
    struct recording r = {0};
    struct histories *s;

    between(record_set(&r, 1, "a", "payload:1", "id_1", 0), 1000, 1400);
    between(record_set(&r, 1, "b", "payload:2", "id_2", 0), 1100, 1300);
    s = histories_new(&r);
    CHECK(doubts(s, 0, DOUBT_OTHER_SECRET) && !doubts(s, 0, DOUBT_SAME_SECRET));
    histories_free(s);
    recording_release(&r);
}

static void an_answer_that_no_order_explains_is_unexplained(void) {
    struct recording r = {0};
    struct histories *s;
    bool any = false;

    /* deleted by nobody, and not found while only sets are in flight */
    record_set(&r, 1, "a", "payload:1", "id_1", 0);
    between(record_set(&r, 2, "a", "payload:2", "id_1", 1), 2000, 2400);
    between(record_find(&r, 2, "a", NULL, 0), 2100, 2200);
    s = histories_new(&r);
    for (size_t i = 0; i < s->count; i++)
        any = any || doubts(s, i, DOUBT_UNEXPLAINED);
    CHECK(any);
    histories_free(s);
    recording_release(&r);
}

/* What is found is of the set that came first: so it was done last. */
static void the_order_is_the_one_that_explains_the_answers(void) {
    struct recording r = {0};
    struct histories *s;
    int *order;

    record_set(&r, 1, "a", "payload:1", "id_1", 0);
    between(record_set(&r, 2, "a", "payload:2", "id_2", 2), 2000, 2400);
    between(record_set(&r, 2, "a", "payload:3", "id_3", 2), 2100, 2500);
    record_find(&r, 3, "a", "id_2", 2);
    s = histories_new(&r);
    CHECK_INT("histories", (int64_t)s->history_count, 1);
    order = concurrency_order(s, &s->items[0]);
    CHECK_INT("first", order[0], 0);
    CHECK_INT("then the one that came last", order[1], 2);
    CHECK_INT("then what the find saw", order[2], 1);
    CHECK(!doubts(s, 3, DOUBT_UNEXPLAINED));
    free(order);
    histories_free(s);
    recording_release(&r);
}

static void a_write_without_an_answer_has_an_unknown_outcome(void) {
    struct recording r = {0};
    struct histories *s;
    struct recorded *x;

    record_set(&r, 1, "a", "payload:1", "id_1", 0);
    x = record_set(&r, 2, "a", "payload:2", "id_1", 1);
    x->outcome = OUTCOME_UNKNOWN;
    x->response.status = 0;
    s = histories_new(&r);
    CHECK_INT("unknown outcomes", (int64_t)s->unknown_count, 1);
    CHECK_INT("which", s->unknown_count ? s->unknown[0].interaction : -1, 1);
    histories_free(s);
    recording_release(&r);
}

int main(void) {
    what_came_one_after_the_other_is_certain();
    writes_of_one_secret_in_flight_together_are_marked();
    writes_of_two_secrets_are_told_apart();
    an_answer_that_no_order_explains_is_unexplained();
    the_order_is_the_one_that_explains_the_answers();
    a_write_without_an_answer_has_an_unknown_outcome();
    return check_result();
}
