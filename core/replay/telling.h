/*
 * telling.h - one story as it is told to one client: what its names, ids and times are
 * here, and where it stands. Private to core/replay.
 *
 * Words      `there` is in the recording, `here` is what this client says.
 * Units      seconds.
 * Ownership  the replay owns its tellings; a telling its names.
 */
#ifndef ASSAY_TELLING_H
#define ASSAY_TELLING_H

#include "core/id.h"
#include "core/replay/likeness.h"
#include "core/replay/stories.h"

struct told_name {
    char *here;
    int there;         /* in the story's names; -1 = nothing fits */
    int write, effect; /* as struct state */
    bool alive;
    bool sure;          /* that it is that one: by its name */
    unsigned life;      /* how often it was made anew */
    uint64_t made, set; /* which of the telling's sets that was; and which the last */
    int64_t expires;    /* here; 0 = never */
    json_t *tokens;     /* payload token -> text, of this secret; or NULL */
    int64_t created_there, created_here, expires_there, expires_here;
    int64_t before_there, before_here; /* when it was created the time before */
    int64_t ended_there, ended_here;   /* the last end that it had by asking for one */
};

struct telling {
    int story; /* -1 = nothing fits: the model alone */
    char *account, *user;
    bool live, again; /* again: the story was told before, to someone else */
    struct told_name **names;
    size_t name_count;
    json_t *name_index; /* here -> index */
    int scope_write;
    unsigned char *used; /* of each tale of the story, by position */
    json_t *tokens;      /* payload token -> text */
    json_t *turns;       /* of a wild story: how often each was asked; or NULL */
    int64_t shift;       /* here minus there, at the first answer */
    bool begun;
    bool renamed;  /* a secret has another name than in the story */
    uint64_t sets; /* how many were told */
    int last_set;  /* the latest of the story's */
    bool jumbled;  /* they are not told in its order */
};

/* What all tellings share. */
struct tellings {
    const struct stories *stories;
    struct telling **items;
    size_t count;
    json_t *index;  /* account, mode, user -> index */
    unsigned *told; /* how often each story is told */
    struct likeness likeness;
    json_t *tokens;               /* payload token -> text, the last one */
    json_t *ids_here, *ids_there; /* id there -> here, here -> there */
    json_t *owners;               /* id here -> whose it is */
    json_t *recorded_ids;         /* see lives.h; NULL = not looked */
    uint64_t serial;              /* the last of ids that are counted; 0 = not looked */
    json_t *keys_here, *keys_there; /* idempotency keys */
    struct id_source random;
};

void tellings_init(struct tellings *t, const struct stories *stories, uint64_t seed);
void tellings_release(struct tellings *t);
/* The telling that a request belongs to; begun if it is new. */
struct telling *telling_of(struct tellings *t, const char *account, bool live,
                           const struct asked *asked);
/* The name of a request; NULL if it has none. */
struct told_name *telling_name(struct tellings *t, struct telling *g,
                               const struct asked *asked);
/* An id of the recording as it is here, for a secret of this telling (or NULL). Another
 * secret, another life and another telling have another one, unless they shared it in
 * the recording. */
const char *telling_id(struct tellings *t, const struct telling *g,
                       const struct told_name *n, const char *there);
/* Is it one of the recording's? */
bool telling_knows_id(struct tellings *t, const char *text, size_t len);
/* A new id of the looks of another; free(). */
char *telling_new_id(struct tellings *t, const char *like);
uint64_t telling_living(const struct telling *g, int64_t now);
bool told_expired(const struct told_name *n, int64_t now);
/* The secret of the telling that stands for one of its story: a living one first. */
struct told_name *telling_told(const struct telling *g, int there);
/* A set or a delete was done: as in that tale, or (NO_WRITE) by the model. */
void told_write(struct telling *g, struct told_name *n, bool set, int tale,
                int64_t now);

#endif
