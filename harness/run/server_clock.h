/*
 * server_clock.h - what time it is at the target.
 *
 * A Date header says: at some moment of the exchange the target's clock stood in
 * [Date, Date + 1 s). So its distance from our clock lies in [Date - end, Date + 1 s -
 * begin]; every answer narrows that interval. Where a check needs "surely past" the low
 * end counts, where it needs "surely before" the high end: a good target cannot fail by
 * our ignorance of its clock. A target that is two seconds late is seen once the
 * interval is narrower than a second, which some requests over one second achieve.
 *
 * A server may renew its Date but once a second, and so be late by up to one: that
 * shows where an answer tells of a thing made after its own Date. And where the clock
 * can be advanced, Date may follow or not (it often comes from the web server, not from
 * what is advanced): what was known before is then kept, and moved by what was
 * advanced. Such a clock may also stand still but for that: its low end then goes by
 * what Date says.
 *
 * Units      milliseconds; ours are clock_wall_ms().
 */
#ifndef ASSAY_HARNESS_RUN_SERVER_CLOCK_H
#define ASSAY_HARNESS_RUN_SERVER_CLOCK_H

#include "core/base.h"

struct server_clock {
    int64_t low, high;                 /* target's clock minus ours */
    int64_t shifted;                   /* how far we have advanced it ourselves */
    int64_t last_date_s, last_shifted; /* the Date read last, and `shifted` then */
    bool advances; /* it can be advanced, so that it may also stand still */
    bool known;    /* a Date was read */
    bool follows;  /* Date was seen to follow what is advanced */
    bool behind;   /* Date is late by up to a second */
    bool apart;    /* Date does not follow what is advanced: it is read no more */
    bool broken;   /* dates that contradict each other, or none: ours is used */
};

void server_clock_note(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s);
/* The answer with that Date shows something that was made just then. */
void server_clock_made(struct server_clock *c, int64_t date_s, int64_t made_s);
/* The answer shows something that was made just then, seconds from what we took the
 * time to be: there is no Date, or it does not follow what somebody has advanced. */
bool server_clock_doubts(const struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                         int64_t made_s);
/* From now on go by that, and read no Date. */
void server_clock_replace(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                          int64_t made_s);
void server_clock_shift(struct server_clock *c, int64_t ms); /* it was advanced */
int64_t server_clock_earliest(const struct server_clock *c, int64_t ours_ms);
int64_t server_clock_latest(const struct server_clock *c, int64_t ours_ms);
int64_t server_clock_doubt(const struct server_clock *c); /* latest minus earliest */

#endif
