/*
 * replay.h - a recording that answers as the recorded implementation would.
 *
 * Each answer has a label:
 *
 *   recorded   this request in this state was recorded
 *   derived    it was recorded for another name, user, time or cursor
 *   modelled   nothing like it was recorded: the model's answer, in the looks of the
 *              recording
 *
 * Units      milliseconds since the epoch, of the replay's clock.
 * Ownership  a replay borrows the recording, which must outlive it. replay_free(NULL)
 * is fine. Threads    safe from several at once: one lock.
 */
#ifndef ASSAY_REPLAY_H
#define ASSAY_REPLAY_H

#include <jansson.h>

#include "core/profile.h"
#include "core/recording/recording.h"

enum replay_label { REPLAY_RECORDED, REPLAY_DERIVED, REPLAY_MODELLED, REPLAY_MISS };

struct replay_options {
    bool strict;                       /* what would be modelled is a miss */
    bool literal;                      /* `recorded` alone, in order */
    const struct profile *credentials; /* known keys by role; NULL = the first one */
    uint64_t seed;
};

struct replay_answer {
    struct http_response response;
    enum replay_label label;
    uint64_t exchange; /* the one that it came from; 0 = none */
    bool chunked;
    int64_t recorded_us; /* how long the recorded one took */
    bool new_id;         /* its Request-Id was made for it */
    bool lasting; /* the same request has the same answer, but for its Request-Id,
                     as long as replay_version() and the second of now are these */
};

struct replay;

struct replay *replay_new(const struct recording *recording,
                          const struct replay_options *options);
void replay_answer(struct replay *r, const struct http_request *request, int64_t now_ms,
                   struct replay_answer *answer);
/* Another number after whatever may change an answer. */
uint64_t replay_version(const struct replay *r);
/* A new id that looks as this one; free(). */
char *replay_new_id(struct replay *r, const char *like);
void replay_reset(struct replay *r); /* the story begins again */
const char *replay_label_name(enum replay_label label);
/* What is bound to what and lives now, for the admin page; new reference. */
json_t *replay_state(struct replay *r);
void replay_free(struct replay *r);

#endif
