/*
 * session.h - one client's run through one history: what its names, ids and times are
 * here, and where it stands. Private to replay.
 *
 * Words      `there` is in the recording, `here` is what this client says.
 * Units      seconds.
 * Ownership  the replay owns its sessions; a session its names.
 */
#ifndef ASSAY_REPLAY_SESSION_H
#define ASSAY_REPLAY_SESSION_H

#include "core/id.h"
#include "recording/history/history.h"
#include "replay/renaming.h"

struct binding {
    unsigned number; /* of all sessions and bindings of a replay, from 1 */
    char *here;
    int there;         /* in the history's names; -1 = nothing fits */
    int write, effect; /* as struct state */
    bool alive;
    bool sure;          /* that it is that one: by its name */
    unsigned life;      /* how often it was made anew */
    uint64_t made, set; /* which of the session's sets that was; and which the last */
    int64_t expires;    /* here; 0 = never */
    json_t *tokens;     /* payload token -> text, of this secret; or NULL */
    int64_t created_there, created_here, expires_there, expires_here;
    int64_t before_there, before_here; /* when it was created the time before */
    int64_t ended_there, ended_here;   /* the last end that it had by asking for one */
};

struct session {
    unsigned number;
    int history; /* -1 = nothing fits: the model alone */
    char *account, *user;
    bool live, again; /* again: the history was served before, to another session */
    struct binding **names;
    size_t name_count;
    json_t *name_index; /* here -> index */
    int scope_write;
    unsigned char *used; /* of each interaction of the history, by position */
    json_t *tokens;      /* payload token -> text */
    json_t
        *turns; /* of an unexplained history: how often each was asked; NULL = none */
    int64_t shift; /* here minus there, at the first answer */
    bool begun;
    bool renamed;      /* a secret has another name than in the history */
    uint64_t sets;     /* how many were served */
    int last_set;      /* the latest of the history's */
    bool out_of_order; /* they are not served in the recorded order */
};

/* What all sessions share. */
struct sessions {
    unsigned numbers; /* the last that was given */
    const struct histories *histories;
    struct session **items;
    size_t count;
    json_t *index;    /* account, mode, user -> index */
    unsigned *served; /* how many sessions each history has */
    struct renaming renaming;
    json_t *tokens;               /* payload token -> text, the last one */
    json_t *ids_here, *ids_there; /* id there -> here, here -> there */
    json_t *owners;               /* id here -> whose it is */
    json_t *recorded_ids;         /* see id_reuse.h; NULL = not looked */
    uint64_t serial;              /* the last of ids that are counted; 0 = not looked */
    json_t *keys_here, *keys_there; /* idempotency keys */
    struct id_source random;
};

void sessions_init(struct sessions *t, const struct histories *histories,
                   uint64_t seed);
void sessions_release(struct sessions *t);
/* The session that a request belongs to; begun if it is new. */
struct session *session_for(struct sessions *t, const char *account, bool live,
                            const struct request_key *asked);
/* Those of one scope stand at their beginning again; account NULL = of every one. */
void sessions_restart(struct sessions *t, const char *account, const char *user);
/* The name of a request; NULL if it has none. */
struct binding *session_binding(struct sessions *t, struct session *g,
                                const struct request_key *asked);
/* An id of the recording as it is here, for a secret of this session (or NULL). Another
 * secret, another life and another session have another one, unless they shared it in
 * the recording. */
const char *session_id_here(struct sessions *t, const struct session *g,
                            const struct binding *n, const char *there);
/* Is it one of the recording's? */
bool session_knows_id(struct sessions *t, const char *text, size_t len);
/* A new id of the looks of another; free(). */
char *session_new_id(struct sessions *t, const char *like);
uint64_t session_living(const struct session *g, int64_t now);
bool binding_expired(const struct binding *n, int64_t now);
/* The secret of the session that stands for one of its history: a living one first. */
struct binding *session_binding_of(const struct session *g, int there);
/* A set or a delete was done: as in that interaction, or (NO_WRITE) by the model. */
void binding_write(struct session *g, struct binding *n, bool set, int interaction,
                   int64_t now);

#endif
