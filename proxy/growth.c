/* In: all that a replay is asked, and exchanges that its recording lacked. Out: the replay
 * that knows them, where the other one stood. */
#include "proxy/growth.h"

#include <stdlib.h>

#include "core/mem.h"

enum { MAX_EVENTS = 100000 }; /* of a long session the oldest are forgotten */

enum event_kind { EVENT_ASKED, EVENT_PUT, EVENT_RESET_SCOPE };

struct event {
    enum event_kind kind;
    struct http_request request;
    char *key, *text; /* of a put: its form; of a reset: the user */
    int64_t now_ms;
    bool unsent;   /* a write that was done here alone */
    bool recorded; /* as it is */
};

struct growth {
    struct recording *recording;
    struct replay_options options;
    struct event *events; /* a ring */
    size_t first, count, cap;
};

struct growth *growth_new(struct recording *recording,
                          const struct replay_options *options) {
    struct growth *g = mem_new(1, sizeof(*g));

    g->recording = recording;
    g->options = *options;
    return g;
}

static void event_release(struct event *e) {
    http_request_release(&e->request);
    free(e->key);
    free(e->text);
    *e = (struct event){0};
}

static struct event *event_at(const struct growth *g, size_t i) {
    return &g->events[(g->first + i) % g->cap];
}

static struct event *add_event(struct growth *g, enum event_kind kind, int64_t now_ms) {
    struct event *e;

    if (g->count == MAX_EVENTS) {
        event_release(event_at(g, 0));
        g->first = (g->first + 1) % g->cap;
        g->count--;
    } else if (g->count == g->cap) { /* it has not begun to go round yet */
        g->cap = g->cap ? g->cap * 2 : 64;
        g->cap = g->cap < MAX_EVENTS ? g->cap : MAX_EVENTS;
        g->events = mem_grow(g->events, g->cap, sizeof(*g->events));
    }
    e = event_at(g, g->count++);
    *e = (struct event){.kind = kind, .now_ms = now_ms};
    return e;
}

void growth_asked(struct growth *g, const struct http_request *q, int64_t now_ms) {
    http_request_copy(&add_event(g, EVENT_ASKED, now_ms)->request, q);
}

void growth_put(struct growth *g, const char *key, const char *form, int64_t now_ms) {
    struct event *e = add_event(g, EVENT_PUT, now_ms);

    e->key = mem_strdup(key);
    e->text = mem_strdup(form);
}

void growth_reset_scope(struct growth *g, const char *key, const char *user) {
    struct event *e = add_event(g, EVENT_RESET_SCOPE, 0);

    e->key = mem_strdup(key);
    e->text = mem_strdup(user);
}

void growth_reset(struct growth *g) {
    for (size_t i = 0; i < g->count; i++)
        event_release(event_at(g, i));
    g->first = g->count = 0;
}

void growth_wrote(struct growth *g, bool as) {
    struct event *e = g->count ? event_at(g, g->count - 1) : NULL;

    if (!e)
        return;
    e->unsent = true;
    e->recorded = as;
}

size_t growth_unsent(struct growth *g, struct recorder_before **out) {
    size_t n = 0;

    *out = NULL;
    for (size_t i = 0; i < g->count; i++) {
        struct event *e = event_at(g, i);

        if (!e->unsent)
            continue;
        *out = mem_grow(*out, n + 1, sizeof(**out));
        (*out)[n] = (struct recorder_before){.record = !e->recorded};
        http_request_copy(&(*out)[n++].request, &e->request);
        e->unsent = false;
    }
    return n;
}

static void ask_again(const struct growth *g, struct replay *r) {
    for (size_t i = 0; i < g->count; i++) {
        const struct event *e = event_at(g, i);
        struct replay_answer answer;
        struct http_response response = {0};

        switch (e->kind) {
        case EVENT_ASKED:
            replay_answer(r, &e->request, e->now_ms, &answer);
            http_response_release(&answer.response);
            break;
        case EVENT_PUT:
            replay_put(r, e->key, e->text, e->now_ms, &response);
            http_response_release(&response);
            break;
        case EVENT_RESET_SCOPE:
            replay_reset_scope(r, e->key, e->text);
            break;
        }
    }
}

static void add_recorded(struct recording *all, const struct recorded *x,
                         int64_t started_ms) {
    int64_t shift_us = (started_ms - all->started_ms) * 1000;
    uint64_t number = all->count ? all->items[all->count - 1].number + 1 : 1;
    struct recorded *new = recording_add(all);

    if (!all->started_ms) {
        all->started_ms = started_ms;
        shift_us = 0;
    }
    new->number = number;
    new->began_us = x->began_us + shift_us;
    new->ended_us = x->ended_us + shift_us;
    new->chunked = x->chunked;
    new->outcome = x->outcome;
    new->encoding = mem_strdup(x->encoding);
    new->failure = mem_strdup(x->failure);
    http_request_copy(&new->request, &x->request);
    http_response_copy(&new->response, &x->response);
    http_headers_copy(&new->trailers, &x->trailers);
}

struct replay *growth_add(struct growth *g, struct replay *old,
                          const struct recorded *x, int64_t started_ms) {
    struct replay *r;

    replay_free(old);
    add_recorded(g->recording, x, started_ms);
    r = replay_new(g->recording, &g->options);
    ask_again(g, r);
    return r;
}

void growth_free(struct growth *g) {
    if (!g)
        return;
    growth_reset(g);
    free(g->events);
    free(g);
}
