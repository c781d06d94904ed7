/* Interactions that were in flight together: which doubts they get. */
#include "check.h"
#include "recorded.h"
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

int main(void) {
    what_came_one_after_the_other_is_certain();
    writes_of_one_secret_in_flight_together_are_marked();
    writes_of_two_secrets_are_told_apart();
    an_answer_that_no_order_explains_is_unexplained();
    return check_result();
}
