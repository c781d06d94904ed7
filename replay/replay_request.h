/*
 * replay_request.h - one request on its way through a replay, and the replay itself. Private
 * to replay.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_REPLAY_REQUEST_H
#define ASSAY_REPLAY_REPLAY_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/model/model.h"
#include "recording/recording.h"
#include "replay/load/list_order.h"
#include "replay/replay_answer.h"
#include "replay/session.h"

/* Where the values stand that a recorded body shows anew each time. */
struct render_plan {
    struct json_splice *splice; /* NULL = not made yet, or there is no body */
    bool linked; /* its ids stand inside other texts, or in headers, too */
};

struct idempotency_memory;
struct resource_calls;
struct resource_ids;
struct resource_pairs;
struct resource_asking;
struct echoed_headers;

struct replay {
    const struct recording *recording;
    struct replay_options options;
    struct histories *histories;
    struct sessions sessions;
    struct model *model;
    struct model_rules rules; /* learned */
    json_t *keys;             /* a key that was shown -> its token in the recording */
    char own_key[40];         /* of the main account; no client can know it */
    json_t *fallbacks;        /* "class fingerprint" -> [interaction, ..] */
    struct echoed_headers *echoed; /* or NULL */
    struct list_order list_order;  /* of the recorded implementation */
    struct render_plan *plans; /* one an interaction; made when it is first rendered */
    struct idempotency_memory *idempotency;
    struct resource_calls *resource_calls; /* of other resources; NULL = none */
    struct resource_ids *resources; /* of other resources; NULL = none were recorded */
    struct miss_index *misses;      /* see miss.h; NULL = nothing was missed yet */
    struct refusal *refusals;       /* see template.h; NULL = not looked */
    size_t refusal_count;
    size_t next; /* --literal: the interaction that comes next */
    _Atomic uint64_t version;
    pthread_mutex_t lock;
};

/* One request on its way. */
struct replay_request {
    struct replay *r;
    const struct http_request *request;
    struct request_key key;
    const char *token, *account; /* of its credential */
    bool live;
    struct session *session;
    struct binding *name; /* or NULL */
    int64_t now_ms, now;
    /* the recorded set that the answer shows, if it is to show what stands here: then
     * `name` was made by a recorded set, too, and both have a payload (fallback.c) */
    const struct interaction *shown;
    const struct resource_asking *asking; /* about another resource; or NULL */
    const struct resource_pairs
        *pairs;    /* of an answer about another resource; or NULL */
    int64_t ended; /* see struct state */
    int turn;      /* in an unexplained history: how often the same was asked before */
    bool fresh;    /* its key, scope or name was not met before */
    bool full;     /* a set of one more secret than fit, as far as we have learned */
};

/* The same key, or both unknown, or none. */
bool same_credential(const struct replay_request *q, const struct interaction *t);
/* 'n' never set, 'p' present, 'x' expired, 'd' deleted, '-' no name */
char recorded_state_class(const struct interaction *t);
char current_state_class(const struct replay_request *q);

#endif
