/*
 * stories.h - a recording as stories: what happened in one scope, in order.
 *
 * A scope belongs to an account (by the credential), a mode and a user. Each exchange
 * knows the state that its answer came from: which writes had gone before it, in its
 * scope and to its secret, and which of its secrets had expired.
 *
 * Units      seconds on the recorded server's clock (its Date, else ours).
 * Ownership  stories borrow the recording. Indices are into `tales` and `names`.
 * Threads    read-only once made, but for the plans.
 */
#ifndef ASSAY_STORIES_H
#define ASSAY_STORIES_H

#include <jansson.h>

#include "core/recording/recording.h"
#include "core/replay/asked.h"
#include "core/replay/listed.h"
#include "core/replay/rewrite.h"

enum { NO_WRITE = -1, FOREIGN_WRITE = -2 }; /* before the first; by something else */

struct state {       /* what an answer depends on; a write is its exchange's index */
    int scope_write; /* the last attempt in the scope, whatever came of it */
    int name_write;  /* .. to this secret */
    int name_effect; /* the set that the secret lives by; NO_WRITE = it is not there */
    bool expired;
    int64_t ended;   /* when it did; for a list, the last one of the scope; 0 = none */
    uint64_t living; /* sum over the secrets that live in the scope; for lists */
};

struct tale { /* one exchange */
    const struct recorded *x;
    struct asked asked;
    int story, name; /* -1 = none */
    int position;    /* within its story */
    int64_t now;     /* seconds, when it was answered */
    bool dated;      /* by the server's Date; else by our clock */
    struct state before;
    int64_t expires;      /* a set's: as answered; 0 = never */
    int made;             /* .. that its secret's life began with; itself, mostly */
    struct rewrite *plan; /* of its body, once it was told; under the replay's lock */
    bool linked;       /* .. which has its ids inside other texts, or in headers, too */
    bool works;        /* a write that was taken: 2xx */
    bool repeated;     /* its idempotency key was answered before: nothing is done */
    bool cursor_known; /* its cursor is a secret of its scope */
    bool overlaps;     /* a write of its scope was under way at the same time */
    bool contested;    /* .. of its own secret, or it is one itself */
    bool beside;       /* a write, and one of another secret was under way */
    bool undecided;    /* nobody knows which side of a write it saw */
    bool wild;         /* no order of what overlapped explains the answers */
    bool unsettled;    /* writes that overlapped went before it, or one whose outcome
                          is not known: who asks again in turn may meet another state */
    bool guess;        /* .. and the answers do not tell which it is */
    bool shuffled;     /* a list of what was set at the same time */
    int turn;          /* of its story's wild ones: which of those asked alike it is */
    int64_t point;     /* when it was done (microseconds), by the answers.. */
    int rank;          /* .. and which of its secret's it was */
    bool done;         /* .. and it was, when follow_story() is there */
};

struct story_name {
    const char *text;
    int first; /* tale */
};

struct story {
    char *account, *user; /* user NULL = the account's scope; "" = no scope given */
    bool live;
    int *tales;
    size_t count;
    struct story_name *names;
    size_t name_count;
    json_t *name_index; /* text -> index */
    json_t *shapes;     /* shape -> [tale, ..] */
    bool wild;          /* some of them are */
};

struct doubt { /* a write whose outcome nobody knows: it may have been done */
    int tale, story, name;
};

struct stories {
    const struct recording *recording;
    struct tale *tales;
    size_t count;
    struct story *items;
    size_t story_count;
    json_t *accounts;     /* key token -> account; one that was never let in: "" */
    const char *main_key; /* the token that most requests had; NULL = none */
    bool basic_refused, bearer_refused; /* a key that was let in was refused by it */
    struct doubt *doubts;               /* in order */
    size_t doubt_count;
    json_t *request_ids; /* Request-Id -> how often it was answered */
    json_t *shapes;      /* shape -> [tale, ..], of all stories */
    json_t *plain_names; /* see names.h; or NULL */
    struct listed listed;
};

struct stories *stories_new(const struct recording *recording);
void stories_free(struct stories *s);
int story_find(const struct stories *s, const char *account, bool live,
               const char *user);
int story_name_find(const struct story *s, const char *name);
/* The user that names the story of a request: NULL, "" or a user. */
const char *story_user(const struct asked *a);
/* What requests of one story are alike by; free(). */
char *stories_alike(const char *shape, int name);
bool tale_writes(const struct tale *t); /* or tries to */

#endif
