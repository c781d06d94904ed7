/*
 * rendering.h - one answer that is being made anew from a recorded one.
 *
 * "There" is the recording, "here" this session. Members of an object are rendered by
 * what the object shows: its own name, its own times.
 *
 * Units      seconds since 1970, unless a value is told to be as recorded.
 * Ownership  what is returned as char * is the caller's; const char * is lent.
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_RENDERING_H
#define ASSAY_REPLAY_RENDERING_H

#include "replay/replay_request.h"
#include "replay/resource_ids.h"

struct rendering {
    struct replay_request *q;
    const struct interaction *t;
    const struct history *history; /* of the interaction */
    bool own;                      /* it is the history of this session */
    char *request_id_there, *request_id_here;
    struct {
        const char *there, *here;
    } * renamed; /* ids of this answer that are others here */
    size_t renamed_count;
    json_t *shown, *stands; /* what the set that it shows answered, and ours; or NULL */
};

/* The secret that an object of the answer shows; or NULL. */
const struct binding *rendering_binding(const struct rendering *g,
                                        const json_t *object);
/* What the client sent for a payload token of the recording; NULL = it is not known. */
const char *rendering_token(const struct rendering *g, const struct binding *n,
                            const char *token);
/* What an id, or a name, of another resource is here; NULL = it is none. */
const struct resource_pair *rendering_pair(const struct rendering *g, const char *there,
                                           bool is_name);
/* The id of what the answer shows, or of what stands here instead. */
const char *rendering_id(const struct rendering *g, const char *id);

/* A time of the member `key`, in seconds. */
int64_t rendering_seconds(const struct rendering *g, const struct binding *n,
                          const char *key, int64_t there);
/* The same in the unit that `there` has: seconds, milliseconds .. */
int64_t rendering_time(const struct rendering *g, const json_t *object, const char *key,
                       int64_t there);
/* Is `key` one of the API's times? */
bool rendering_is_time(const char *key);
/* A member of the implementation's own that can only be a time. */
bool rendering_is_near(const struct rendering *g, int64_t value);

/* A secret's name, a user. */
char *rendering_name(const struct rendering *g, const char *text);
char *rendering_user(const struct rendering *g, const char *there);
/* Any other text, of a member of `object` (or NULL). */
char *rendering_text(const struct rendering *g, const json_t *object,
                     const char *there);
/* Only the ids in it. */
char *rendering_link(const struct rendering *g, const char *there);

#endif
