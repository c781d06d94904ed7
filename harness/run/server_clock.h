/*
 * server_clock.h - what time it is at the target.
 *
 * A Date header says: at some moment of the exchange the target's clock stood in
 * [Date, Date + 1 s). So its distance from our clock lies in [Date - end, Date + 1 s -
 * begin]; every answer narrows that interval. Where a check needs "surely past" the low
 * end counts, where it needs "surely before" the high end: a good target cannot fail by
 * our ignorance of its clock. A target that is two seconds late is seen once the
 * interval is narrower than a second, which some requests over one second achieve. Our
 * clock is steady (clock_even_ms()); only the target's can be set.
 *
 * A server may renew its Date but once a second, and so be late by up to one: the
 * readings then contradict each other by up to a second. Where they do so by more, the
 * clock was set: a step. What was measured across it is measured again; a clock that
 * steps again and again is several servers' clocks, and from then on the interval holds
 * them all.
 *
 * What was made just then says the time too (`created`). Where there is no Date, that
 * is what the clock is read from. Where the two differ by more than a second, two clocks
 * speak, and nobody knows which of them expiry goes by: up to ten seconds the interval
 * holds both; beyond, either it was found out which (server_clock_replace()) or what
 * hangs on it is not judged (`unsure`).
 *
 * Where the clock can be advanced, Date may follow or not (it often comes from the web
 * server, not from what is advanced): what was known before is then kept, and moved by
 * what was advanced. Such a clock may also stand still but for that: its low end then
 * goes by what Date says.
 *
 * Units      milliseconds; ours are clock_even_ms().
 */
#ifndef ASSAY_HARNESS_RUN_SERVER_CLOCK_H
#define ASSAY_HARNESS_RUN_SERVER_CLOCK_H

#include "core/base.h"

struct server_clock {
    int64_t low, high;                 /* target's clock minus ours */
    int64_t shifted;                   /* how far we have advanced it ourselves */
    int64_t last_date_s, last_shifted; /* the Date read last, and `shifted` then */
    int64_t last_end_ms;               /* when that was */
    int64_t low_slack, high_slack;     /* what a second clock adds */
    int64_t last_step_ms;
    unsigned steps;               /* how often the target's clock was set */
    int64_t seen_date, seen_made; /* seconds that differed most; 0 = they do not */
    bool advances; /* it can be advanced, so that it may also stand still */
    bool known;    /* it was read */
    bool by_made;  /* it is read from what is made, not from Date */
    bool follows;  /* Date was seen to follow what is advanced */
    bool behind;   /* Date is late by up to a second */
    bool apart;    /* Date does not follow what is advanced: it is read no more */
    bool unsteady; /* several clocks: the interval only grows */
    bool unsure;   /* which clock is right is not known, and they are far apart */
};

/* A Date. */
void server_clock_note(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s);
/* The answer shows something that was made just then, for the first time under its name;
 * date_s < 0: it has no Date. */
void server_clock_made(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                       int64_t date_s, int64_t made_s);
/* Seconds from what we take the time to be: how far that what was made lies outside;
 * 0 = it fits, positive = it is ahead. */
int64_t server_clock_doubts(const struct server_clock *c, int64_t begin_ms,
                            int64_t end_ms, int64_t made_s);
/* From now on go by what is made, and read no Date. */
void server_clock_replace(struct server_clock *c, int64_t begin_ms, int64_t end_ms,
                          int64_t made_s);
void server_clock_shift(struct server_clock *c, int64_t ms); /* it was advanced */
int64_t server_clock_earliest(const struct server_clock *c, int64_t ours_ms);
int64_t server_clock_latest(const struct server_clock *c, int64_t ours_ms);
int64_t server_clock_doubt(const struct server_clock *c); /* latest minus earliest */

#endif
