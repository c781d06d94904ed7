/* The answers of a recording come in. Out goes whether one clock dated them all. */
#include "harness/passive/recorded_time.h"

#include "core/epoch.h"

enum { LATE_S = 1, SET_BACK_MS = 2500, MICROSECONDS = 1000000 };

/* A set of a name that the recording has no earlier write of: most often something new. */
bool recorded_time_asks(const struct interaction *t) {
    return t->history >= 0 && t->key.op == API_SET && t->succeeded && !t->repeated &&
           t->dated && t->before.name_write == NO_WRITE;
}

/* Something new is dated further ahead of its answer than a late Date explains; or nothing
 * new has the time of its answer, and all is behind it by about the same. */
static bool has_second_clock(const struct histories *s, const int64_t *times) {
    int64_t least = INT64_MAX, most = INT64_MIN;
    size_t behind = 0, agreeing = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        int64_t created = recorded_time_asks(t) ? times[i] : 0, apart;
        int64_t took_s = (t->x->ended_us - t->x->began_us) / MICROSECONDS + 1;

        if (created <= 0 || created >= EPOCH_LEAST_MS)
            continue;
        apart = t->now - created;
        if (apart < -LATE_S)
            return true;
        if (apart <= LATE_S + took_s) {
            agreeing++;
            continue;
        }
        behind++;
        least = apart < least ? apart : least;
        most = apart > most ? apart : most;
    }
    return behind && !agreeing && most - least <= 2 * LATE_S;
}

/* The server's time ran back against that of the recorder. */
static bool was_set_back(const struct histories *s) {
    int64_t most = INT64_MIN;

    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        int64_t ahead;

        if (t->history < 0 || !t->dated)
            continue;
        ahead = t->now * 1000 - t->x->ended_us / 1000;
        if (most != INT64_MIN && ahead < most - SET_BACK_MS)
            return true;
        most = ahead > most ? ahead : most;
    }
    return false;
}

bool recorded_time_is_sure(const struct histories *s, const int64_t *created) {
    return !has_second_clock(s, created) && !was_set_back(s);
}
