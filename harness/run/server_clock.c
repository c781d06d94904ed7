/* What answers say of the time comes in: Date, and what was made just then. Out goes
 * when it is at the target, at the earliest and at the latest. */
#include "harness/run/server_clock.h"

#include "core/epoch.h"

enum {
    SLEW_MS = 10,       /* clocks are slewed, and ours is read before and after */
    SLEW_PER_S = 2000,  /* a clock is slewed by half a millisecond in a second */
    TICK_MS = 1000,     /* what a Date may be late by */
    STEPS_OF_ONE = 4,   /* a clock that is set more often is several */
    NEAR_MS = 10000,    /* two clocks that are so near are both allowed for */
    NO_DATE_MS = 60000, /* so far from ours what is made is believed without a Date */
};

static bool within(const struct server_clock *c, int64_t low, int64_t high) {
    return low <= c->high + SLEW_MS && high >= c->low - SLEW_MS;
}

static void set_interval(struct server_clock *c, int64_t low, int64_t high) {
    c->low = low;
    c->high = high;
    c->known = true;
    c->behind = false;
}

/* Clocks drift apart: what was known a while ago is known less well. */
static void let_drift(struct server_clock *c, int64_t end_ms) {
    int64_t ms = (end_ms - c->last_end_ms) / SLEW_PER_S;

    if (ms <= 0)
        return;
    c->low -= ms;
    c->high += ms;
    c->last_end_ms += ms * SLEW_PER_S;
}

/* A reading that no late Date explains. */
static void note_step(struct server_clock *c, int64_t low, int64_t high) {
    c->last_step_ms = low > c->high ? low - c->low : high - c->high;
    if (++c->steps > STEPS_OF_ONE)
        c->unsteady = true;
    if (c->unsteady) {
        c->low = low < c->low ? low : c->low;
        c->high = high > c->high ? high : c->high;
        c->unsure = c->high - c->low > NEAR_MS;
    } else {
        set_interval(c, low, high);
    }
}

static void narrow(struct server_clock *c, int64_t low, int64_t high) {
    int64_t least = low > c->low ? low : c->low, most = high < c->high ? high : c->high;

    if (!c->known) {
        set_interval(c, low, high);
    } else if (c->unsteady) {
        if (!within(c, low, high))
            note_step(c, low, high);
    } else if (c->advances && high < c->low - SLEW_MS) { /* it may stand still */
        c->behind = c->behind || within(c, low + TICK_MS, high + TICK_MS);
        c->low = low;
    } else if (least <= most + TICK_MS + SLEW_MS) {
        c->low = least;
        c->high = most;
        c->behind = c->behind || least > most + SLEW_MS;
    } else {
        note_step(c, low, high);
    }
}

void server_clock_note(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s) {
    int64_t low = date_s * 1000 - end_ms, high = date_s * 1000 + TICK_MS - begin_ms;
    int64_t moved_s = (c->shifted - c->last_shifted) / 1000;

    if (c->apart)
        return;
    if (c->by_made) { /* one that comes after all */
        c->by_made = false;
        c->known = false;
    }
    if (c->known && moved_s >= 2 && date_s - c->last_date_s >= moved_s - 1)
        c->follows = true;
    c->last_date_s = date_s;
    c->last_shifted = c->shifted;
    if (c->known)
        let_drift(c, end_ms);
    else
        c->last_end_ms = end_ms;
    if (c->known && !c->follows && c->shifted && !within(c, low, high) &&
        within(c, low + c->shifted, high + c->shifted))
        c->apart = true;
    else
        narrow(c, low, high);
}

static bool is_time(int64_t made_s) {
    return made_s > 0 && made_s < EPOCH_LEAST_MS;
}

/* A second clock: by so many seconds what was made is ahead of Date. */
static void note_second_clock(struct server_clock *c, int64_t date_s, int64_t made_s) {
    int64_t apart_ms = (made_s - date_s) * 1000, most = c->seen_made - c->seen_date;

    if (apart_ms > NEAR_MS || apart_ms < -NEAR_MS)
        return; /* for the preflight to find out about */
    if (apart_ms > 0 && apart_ms + TICK_MS > c->high_slack)
        c->high_slack = apart_ms + TICK_MS;
    if (apart_ms < 0 && TICK_MS - apart_ms > c->low_slack)
        c->low_slack = TICK_MS - apart_ms;
    if ((most < 0 ? -most : most) < (apart_ms < 0 ? -apart_ms : apart_ms) / 1000) {
        c->seen_date = date_s;
        c->seen_made = made_s;
    }
}

void server_clock_made(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s, int64_t made_s) {
    int64_t low = made_s * 1000 - end_ms, high = made_s * 1000 + TICK_MS - begin_ms,
            took_s = (end_ms - begin_ms + 999) / 1000;

    if (!is_time(made_s))
        return;
    if (c->by_made ||
        (date_s < 0 && !c->known && within(c, low - NO_DATE_MS, high + NO_DATE_MS))) {
        c->by_made = true;
        if (c->known)
            let_drift(c, end_ms);
        else
            c->last_end_ms = end_ms;
        narrow(c, low, high);
    } else if (date_s >= 0 && c->known && !c->apart && (!c->shifted || c->follows)) {
        if (made_s == date_s + 1)
            c->behind = true;
        if (made_s > date_s + 1 || made_s < date_s - took_s)
            note_second_clock(c, date_s, made_s);
    }
}

int64_t server_clock_doubts(const struct server_clock *c, int64_t begin_ms,
                            int64_t end_ms, int64_t made_s) {
    int64_t low = made_s * 1000 - end_ms, high = made_s * 1000 + TICK_MS - begin_ms;

    if (!is_time(made_s) || within(c, low - NEAR_MS, high + NEAR_MS))
        return 0;
    return low > c->high ? (low - c->high) / 1000 : (high - c->low) / 1000;
}

void server_clock_replace(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                          int64_t made_s) {
    set_interval(c, made_s * 1000 - end_ms, made_s * 1000 + TICK_MS - begin_ms);
    c->last_end_ms = end_ms;
    c->apart = true;
    c->by_made = true;
    c->low_slack = c->high_slack = 0;
}

void server_clock_shift(struct server_clock *c, int64_t ms) {
    c->shifted += ms;
    c->low += ms;
    c->high += ms;
}

int64_t server_clock_earliest(const struct server_clock *c, int64_t ours_ms) {
    return ours_ms + c->low - c->low_slack;
}

int64_t server_clock_latest(const struct server_clock *c, int64_t ours_ms) {
    return ours_ms + c->high + (c->behind ? TICK_MS : 0) + c->high_slack;
}

int64_t server_clock_doubt(const struct server_clock *c) {
    return server_clock_latest(c, 0) - server_clock_earliest(c, 0);
}
