#include "harness/server_clock.h"

void server_clock_note(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s) {
    int64_t low = date_s * 1000 - end_ms, high = date_s * 1000 + 1000 - begin_ms;

    if (c->broken)
        return;
    if (!c->known) {
        c->low = low;
        c->high = high;
        c->known = true;
        return;
    }
    /* ten milliseconds: clocks are slewed, and ours is read before and after */
    if (low > c->high + 10 || high < c->low - 10) {
        c->broken = true;
        c->low = c->high = 0;
        return;
    }
    if (low > c->low)
        c->low = low < c->high ? low : c->high;
    if (high < c->high)
        c->high = high > c->low ? high : c->low;
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
    return ours_ms + c->high;
}
