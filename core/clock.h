/*
 * clock.h - the time that answers are made with.
 *
 * Units      milliseconds since the Unix epoch, UTC; steady_ms() counts from an
 *            arbitrary point and never jumps.
 * Threads    reading and advancing are atomic.
 */
#ifndef ASSAY_CORE_CLOCK_H
#define ASSAY_CORE_CLOCK_H

#include <stdatomic.h>

#include "core/err.h"

struct clock {
    bool frozen;
    bool real;        /* it began with the real time */
    int64_t first_ms; /* else with this */
    _Atomic int64_t
        base_ms; /* frozen: the time; else: what is added to the real time */
};

/* "real", "frozen" (at the present second) or EPOCH in seconds, which then runs on. */
bool clock_parse(struct clock *c, const char *text, struct err *err);
int64_t clock_now_ms(const struct clock *c);
/* Back to what it began with: the real time, the same frozen one, or EPOCH anew. */
void clock_restart(struct clock *c);
/* `to` begins as `from` did. */
void clock_copy(struct clock *to, const struct clock *from);
void clock_advance(struct clock *c,
                   int64_t ms); /* works on each kind; may be negative */
int64_t clock_wall_ms(void);    /* the machine's */
/* The machine's when this was first asked, and from then on as steady as steady_ms():
 * it does not follow when somebody sets the machine's clock. */
int64_t clock_even_ms(void);
int64_t clock_steady_ms(void);
int64_t clock_steady_us(void);

#endif
