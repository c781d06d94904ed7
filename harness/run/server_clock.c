/* The Date headers of a target come in. The earliest and the latest that its clock can
 * show now go out. */
#include "harness/run/server_clock.h"

#include "core/epoch.h"

enum {
    SLEW_MS = 10,  /* clocks are slewed, and ours is read before and after */
    TICK_MS = 1000 /* what a Date may be late by */
};

static bool within(const struct server_clock *c, int64_t low, int64_t high) {
    return low <= c->high + SLEW_MS && high >= c->low - SLEW_MS;
}

void server_clock_note(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s) {
    int64_t low = date_s * 1000 - end_ms, high = date_s * 1000 + 1000 - begin_ms;
    int64_t moved_s;

    if (c->broken || c->apart)
        return;
    moved_s = (c->shifted - c->last_shifted) / 1000;
    if (c->known && moved_s >= 2 && date_s - c->last_date_s >= moved_s - 1)
        c->follows = true;
    c->last_date_s = date_s;
    c->last_shifted = c->shifted;
    if (!c->known) {
        c->low = low;
        c->high = high;
        c->known = true;
        return;
    }
    if (!within(c, low, high)) {
        if (!c->follows && c->shifted &&
            within(c, low + c->shifted, high + c->shifted)) {
            c->apart = true;
        } else if (c->advances && high < c->low) {
            c->behind = c->behind || within(c, low + TICK_MS, high + TICK_MS);
            c->low = low;
        } else if (within(c, low - TICK_MS, high + TICK_MS)) {
            c->behind = true; /* late, and not always by the same */
        } else {
            c->broken = true;
            c->low = c->high = c->shifted;
        }
        return;
    }
    if (low > c->low)
        c->low = low < c->high ? low : c->high;
    if (high < c->high)
        c->high = high > c->low ? high : c->low;
}

void server_clock_made(struct server_clock *c, int64_t date_s, int64_t made_s) {
    if (c->known && made_s == date_s + 1 && c->shifted == 0)
        c->behind = true;
}

bool server_clock_doubts(const struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                         int64_t made_s) {
    return made_s > 0 && made_s < EPOCH_LEAST_MS &&
           !within(c, made_s * 1000 - end_ms - 2 * TICK_MS,
                   made_s * 1000 + 3 * TICK_MS - begin_ms);
}

void server_clock_replace(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                          int64_t made_s) {
    c->low = made_s * 1000 - end_ms;
    c->high = made_s * 1000 + TICK_MS - begin_ms;
    c->known = c->apart = true;
}

void server_clock_shift(struct server_clock *c, int64_t ms) {
    c->shifted += ms;
    c->low += ms;
    c->high += ms;
}

int64_t server_clock_earliest(const struct server_clock *c, int64_t ours_ms) {
    return ours_ms + c->low;
}

int64_t server_clock_latest(const struct server_clock *c, int64_t ours_ms) {
    return ours_ms + c->high + (c->behind ? TICK_MS : 0);
}

int64_t server_clock_doubt(const struct server_clock *c) {
    return server_clock_latest(c, 0) - server_clock_earliest(c, 0);
}
