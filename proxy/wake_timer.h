/*
 * wake_timer.h - connections that are suspended until a time.
 *
 * Units      clock_steady_ms().
 * Errors     wake_timer_start() returns NULL when there can be no thread.
 * Ownership  an entry is lent until its connection was resumed.
 * Threads    any; it has one of its own.
 */
#ifndef ASSAY_PROXY_WAKE_TIMER_H
#define ASSAY_PROXY_WAKE_TIMER_H

#include <microhttpd.h>
#include <stdint.h>

struct wake_timer;

struct wake_entry {
    struct MHD_Connection *connection; /* suspended */
    int64_t due_ms;
    struct wake_entry *next;
};

struct wake_timer *wake_timer_start(void);
/* Resume the connection then; at once when the timer has stopped: libmicrohttpd must not
 * be stopped while one is suspended. */
void wake_timer_at(struct wake_timer *t, struct wake_entry *entry, int64_t due_ms);
/* Resumes all that wait. NULL is fine, here and below. */
void wake_timer_stop(struct wake_timer *t);
void wake_timer_free(struct wake_timer *t);

#endif
