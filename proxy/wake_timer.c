/* Suspended connections come in, each with a time. At that time they are resumed. */
#include "proxy/wake_timer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"

struct wake_timer {
    pthread_t thread;
    bool stops;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct wake_entry *first; /* by due_ms */
};

static void *run_timer(void *context) {
    struct wake_timer *t = context;

    pthread_mutex_lock(&t->lock);
    while (!t->stops || t->first) {
        int64_t now = clock_steady_ms();
        struct wake_entry *e = t->first;

        if (!e) {
            pthread_cond_wait(&t->wake, &t->lock);
        } else if (e->due_ms <= now || t->stops) {
            t->first = e->next;
            MHD_resume_connection(e->connection);
        } else {
            struct timespec until = {.tv_sec = e->due_ms / 1000,
                                     .tv_nsec = e->due_ms % 1000 * 1000000};

            pthread_cond_timedwait(&t->wake, &t->lock, &until);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

struct wake_timer *wake_timer_start(void) {
    struct wake_timer *t = mem_new(1, sizeof(*t));
    pthread_condattr_t attributes;

    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&t->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&t->thread, NULL, run_timer, t) == 0)
        return t;
    wake_timer_free(t);
    return NULL;
}

void wake_timer_at(struct wake_timer *t, struct wake_entry *entry, int64_t due_ms) {
    struct wake_entry **at = &t->first;

    pthread_mutex_lock(&t->lock);
    if (t->stops) {
        MHD_resume_connection(entry->connection);
    } else {
        entry->due_ms = due_ms;
        while (*at && (*at)->due_ms <= due_ms)
            at = &(*at)->next;
        entry->next = *at;
        *at = entry;
        pthread_cond_signal(&t->wake);
    }
    pthread_mutex_unlock(&t->lock);
}

void wake_timer_stop(struct wake_timer *t) {
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stops = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
}

void wake_timer_free(struct wake_timer *t) {
    if (!t)
        return;
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
