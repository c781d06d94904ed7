/* What is known of a target's clock: it narrows, holds every lawful reading, and sees when
 * the clock was set. Ours is at OURS when the target's is at `ahead` more. */
#include "check.h"
#include "harness/run/server_clock.h"

static const int64_t OURS = 1800000000000; /* ms */

/* An answer after `ours` ms of a target that is so far ahead, dated `late` ms late. */
static void answer(struct server_clock *c, int64_t ours, int64_t ahead, int64_t late) {
    server_clock_note(c, ours, ours + 3, (ours + ahead - late) / 1000);
}

static bool holds(const struct server_clock *c, int64_t ours, int64_t ahead) {
    return server_clock_earliest(c, ours) <= ours + ahead &&
           server_clock_latest(c, ours) >= ours + ahead;
}

/* Answers every 37 ms for so long, from `from` on. */
static int64_t talk(struct server_clock *c, int64_t from, int64_t ms, int64_t ahead,
                    int64_t late) {
    int64_t at = from;

    for (; at < from + ms; at += 37)
        answer(c, at, ahead, late);
    return at;
}

static void readings_narrow(void) {
    struct server_clock c = {0};

    talk(&c, OURS, 2000, 4321, 0);
    CHECK(holds(&c, OURS + 2000, 4321));
    CHECK(server_clock_doubt(&c) < 100);
    CHECK(c.steps == 0 && !c.behind);
}

static void a_late_date_is_allowed_for(void) {
    struct server_clock c = {0};
    int64_t at = talk(&c, OURS, 1000, -50, 0);

    for (int i = 0; i < 60; i++, at += 37)
        answer(&c, at, -50, i % 3 * 450);
    CHECK(holds(&c, at, -50));
    CHECK(c.steps == 0 && c.behind);
}

static void a_clock_that_was_set_is_seen(void) {
    static const int64_t by[] = {2000,   -2000,   5000,     -5000, 30000,
                                 -30000, 3600000, -3600000, 2500,  -3700};

    for (size_t i = 0; i < ARRAY_LEN(by); i++) {
        struct server_clock c = {0};
        int64_t at = talk(&c, OURS, 1500, 700, 0);

        answer(&c, at, 700 + by[i], 0);
        CHECK(c.steps == 1);
        CHECK(holds(&c, at, 700 + by[i]));
        at = talk(&c, at, 1500, 700 + by[i], 0);
        CHECK(holds(&c, at, 700 + by[i]));
        CHECK(c.steps == 1 && server_clock_doubt(&c) < 100);
    }
}

static void clocks_drift(void) {
    struct server_clock c = {0};
    int64_t at = OURS;

    for (int i = 0; i < 40000; i++, at += 1000 + i % 977) /* 300 ppm for eleven hours */
        answer(&c, at, (at - OURS) * 3 / 10000, 0);
    CHECK(c.steps == 0);
    CHECK(holds(&c, at, (at - OURS) * 3 / 10000));
}

static void several_servers_are_all_held(void) {
    struct server_clock c = {0};
    int64_t at = OURS;

    for (int i = 0; i < 200; i++, at += 37)
        answer(&c, at, i % 2 ? 3000 : 0, 0);
    CHECK(c.unsteady && !c.unsure);
    CHECK(holds(&c, at, 0) && holds(&c, at, 3000));
    for (int i = 0; i < 20; i++, at += 37)
        answer(&c, at, i % 2 ? 60000 : 0, 0);
    CHECK(c.unsure);
}

/* Something is made after `ours` ms; its answer took so long. */
static void make(struct server_clock *c, int64_t ours, int64_t took, int64_t dated,
                 int64_t made) {
    server_clock_made(c, ours, ours + took,
                      dated < 0 ? -1 : (ours + took + dated) / 1000,
                      (ours + made) / 1000);
}

static void without_dates_what_is_made_tells(void) {
    struct server_clock c = {0};

    for (int64_t at = OURS; at < OURS + 2000; at += 37)
        make(&c, at, 3, -1, -1700);
    CHECK(c.by_made && holds(&c, OURS + 2000, -1700));
    CHECK(server_clock_doubt(&c) < 100);
}

static void a_second_clock_is_allowed_for(void) {
    static const int64_t by[] = {3000, -3000, 9000, -9000};

    for (size_t i = 0; i < ARRAY_LEN(by); i++) {
        struct server_clock c = {0};

        talk(&c, OURS, 1500, 0, 0);
        make(&c, OURS + 1500, 3, 0, by[i]);
        CHECK(holds(&c, OURS + 1600, 0));
        CHECK(holds(&c, OURS + 1600, by[i]));
        CHECK(c.seen_made - c.seen_date == by[i] / 1000);
    }
}

static void a_slow_answer_is_no_second_clock(void) {
    struct server_clock c = {0};

    talk(&c, OURS, 1500, 0, 0);
    make(&c, OURS + 1500, 4200, 0, 0); /* made at the beginning, dated at the end */
    CHECK(!c.seen_made && !c.low_slack && !c.high_slack);
    CHECK(server_clock_doubts(&c, OURS + 1500, OURS + 1503, OURS / 1000 + 1) == 0);
}

static void what_is_far_apart_is_told(void) {
    struct server_clock c = {0};

    talk(&c, OURS, 1500, 0, 0);
    CHECK(server_clock_doubts(&c, OURS, OURS + 3, OURS / 1000 + 3600) / 10 == 359);
    CHECK(server_clock_doubts(&c, OURS, OURS + 3, OURS / 1000 - 100) < -90);
    CHECK(server_clock_doubts(&c, OURS, OURS + 3, 0) == 0);
    server_clock_replace(&c, OURS, OURS + 3, OURS / 1000 + 3600);
    CHECK(holds(&c, OURS, 3600 * 1000));
    answer(&c, OURS + 100, 0, 0);
    CHECK(holds(&c, OURS, 3600 * 1000) && c.steps == 0);
}

int main(void) {
    readings_narrow();
    a_late_date_is_allowed_for();
    a_clock_that_was_set_is_seen();
    clocks_drift();
    several_servers_are_all_held();
    without_dates_what_is_made_tells();
    a_second_clock_is_allowed_for();
    a_slow_answer_is_no_second_clock();
    what_is_far_apart_is_told();
    return check_result();
}
