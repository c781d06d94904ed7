/*
 * replay_answer.h - what a replay is asked to be, and what it answers.
 */
#ifndef ASSAY_REPLAY_REPLAY_ANSWER_H
#define ASSAY_REPLAY_REPLAY_ANSWER_H

#include "api/profile.h"
#include "core/http.h"

enum replay_label { REPLAY_RECORDED, REPLAY_DERIVED, REPLAY_MODELLED, REPLAY_MISS };

struct replay_options {
    bool strict;                       /* what would be modelled is a miss */
    bool literal;                      /* `recorded` alone, in order */
    const struct profile *credentials; /* known keys by role; NULL = the first one */
    const char *key;                   /* instead of them: the main one; or NULL */
    uint64_t seed;
};

struct replay_answer {
    struct http_response response;
    enum replay_label label;
    uint64_t exchange; /* the one that it came from; 0 = none */
    bool chunked;
    int64_t recorded_us; /* how long the recorded one took */
    bool new_id;         /* its Request-Id was made for it */
    bool unknown_key;    /* nobody knows the key of the request */
    bool lasting; /* the same request has the same answer, but for its Request-Id,
                     as long as replay_version() and the second of now are these */
};

#endif
