/* The kind of a clock comes in: real, frozen, or an epoch. The time in milliseconds
 * goes out. */
#include "core/clock.h"

#include <string.h>
#include <time.h>

#include "core/epoch.h"
#include "core/str.h"

static int64_t read_us(clockid_t id) {
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_ms(void) {
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_even_ms(void) {
    static _Atomic int64_t offset_ms; /* 0 = not asked yet */
    int64_t none = 0, steady = clock_steady_ms(), now = clock_wall_ms() - steady;

    atomic_compare_exchange_strong(&offset_ms, &none, now ? now : 1);
    return steady + offset_ms;
}

int64_t clock_steady_ms(void) {
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_steady_us(void) {
    return read_us(CLOCK_MONOTONIC);
}

bool clock_parse(struct clock *c, const char *text, struct err *err) {
    int64_t now = clock_wall_ms(), epoch;

    if (strcmp(text, "real") == 0) {
        c->frozen = false;
        c->real = true;
    } else if (strcmp(text, "frozen") == 0) {
        c->frozen = true;
        c->real = false;
        c->first_ms = now / 1000 * 1000;
    } else if (str_to_int(text, strlen(text), &epoch) && epoch >= 0 &&
               epoch <= EPOCH_LEAST_MS) {
        c->frozen = false;
        c->real = false;
        c->first_ms = epoch * 1000;
    } else {
        return err_at(
            err, ERR_SYNTAX, 0, 0,
            "expected real, frozen or a time in seconds since 1970, got \"%s\"", text);
    }
    clock_restart(c);
    return true;
}

void clock_restart(struct clock *c) {
    atomic_store(&c->base_ms, c->real     ? 0
                              : c->frozen ? c->first_ms
                                          : c->first_ms - clock_wall_ms());
}

void clock_copy(struct clock *to, const struct clock *from) {
    to->frozen = from->frozen;
    to->real = from->real;
    to->first_ms = from->first_ms;
    atomic_store(&to->base_ms, atomic_load(&from->base_ms));
}

int64_t clock_now_ms(const struct clock *c) {
    return atomic_load(&c->base_ms) + (c->frozen ? 0 : clock_wall_ms());
}

void clock_advance(struct clock *c, int64_t ms) {
    atomic_fetch_add(&c->base_ms, ms);
}
