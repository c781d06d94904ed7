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
 *            is fine.
 * Threads    safe from several at once: one lock.
 */
#ifndef ASSAY_REPLAY_REPLAY_H
#define ASSAY_REPLAY_REPLAY_H

#include <jansson.h>

#include "recording/recording.h"
#include "replay/replay_answer.h"

struct replay;

struct replay *replay_new(const struct recording *recording,
                          const struct replay_options *options);
void replay_answer(struct replay *r, const struct http_request *request, int64_t now_ms,
                   struct replay_answer *answer);
/* Another number after whatever may change an answer. */
uint64_t replay_version(const struct replay *r);
/* A new id that looks as this one; free(). */
char *replay_new_id(struct replay *r, const char *like);
void replay_reset(struct replay *r); /* the history begins again */
/* One scope begins again: of the account of `key`, or (NULL) of every account. `user`
 * NULL = the account's own. False: nobody knows the key. */
bool replay_reset_scope(struct replay *r, const char *key, const char *user);
/* Do a set whatever was recorded, as the model does it; it may be refused. `form` is its
 * body; `key` NULL = one of the main account. */
void replay_put(struct replay *r, const char *key, const char *form, int64_t now_ms,
                struct http_response *answer);
/* The recording that it answers from; lent. */
const struct recording *replay_recording(const struct replay *r);
const char *replay_label_name(enum replay_label label);
/* What is bound to what and lives now, for the admin page; new reference. */
json_t *replay_state(struct replay *r);
void replay_free(struct replay *r);

#endif
