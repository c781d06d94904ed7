/*
 * history.h - a recording as histories: what happened in one scope, in order.
 *
 * A scope belongs to an account (by the credential), a mode and a user. Each interaction
 * knows the state that its answer came from: which writes had gone before it, in its
 * scope and to its secret, and which of its secrets had expired.
 *
 * Units      seconds on the recorded server's clock (its Date, else ours).
 * Ownership  histories borrow the recording. Indices are into `interactions` and
 *            `names`.
 * Threads    read-only once made.
 */
#ifndef ASSAY_RECORDING_HISTORY_HISTORY_H
#define ASSAY_RECORDING_HISTORY_HISTORY_H

#include <jansson.h>

#include "recording/history/request_key.h"
#include "recording/identity.h"
#include "recording/recording.h"

enum { NO_WRITE = -1, FOREIGN_WRITE = -2 }; /* before the first; by something else */

/* What an answer depends on. A write is the index of its interaction. */
struct state {
    int scope_write; /* the last attempt in the scope, whatever came of it */
    int name_write;  /* the last attempt on this secret */
    int name_effect; /* the set that made what stands; NO_WRITE = nothing stands */
    bool expired;
    int64_t
        ended; /* when it expired; for a list, the last expiry of the scope; 0 = none */
    uint64_t living; /* for lists: sum over the secrets that live in the scope */
};

/*
 * Why the state of an interaction is not certain.
 *
 *   flag                    holds for   set when                      may stand together with
 *   DOUBT_CONCURRENT        any         a write of its scope was      all
 *                                       in flight at the same time
 *   DOUBT_SAME_SECRET       any         that write, or this one, is   only with CONCURRENT
 *                                       of its own secret
 *   DOUBT_OTHER_SECRET      writes      a write of another secret     only with CONCURRENT
 *                                       was in flight, too
 *   DOUBT_UNORDERED         any         nobody knows on which side    not with UNEXPLAINED
 *                                       of a write it came
 *   DOUBT_UNEXPLAINED       any         no order of what was in       not with UNORDERED
 *                                       flight explains the answers
 *   DOUBT_AFTER_CONCURRENT  any         an earlier write was          all
 *                                       concurrent, or its outcome
 *                                       is unknown
 *   DOUBT_STATE             any         and the answers do not tell   only with
 *                                       which state it left           AFTER_CONCURRENT
 *   DOUBT_LIST_ORDER        lists       its secrets were set at the   all
 *                                       same time
 *   DOUBT_KEY               any         a write of its secret, or of   all
 *                                       its scope, was by a key of
 *                                       another session, which may be
 *                                       this key or another one
 */
enum doubt {
    DOUBT_CONCURRENT = 1 << 0,
    DOUBT_SAME_SECRET = 1 << 1,
    DOUBT_OTHER_SECRET = 1 << 2,
    DOUBT_UNORDERED = 1 << 3,
    DOUBT_UNEXPLAINED = 1 << 4,
    DOUBT_AFTER_CONCURRENT = 1 << 5,
    DOUBT_STATE = 1 << 6,
    DOUBT_LIST_ORDER = 1 << 7,
    DOUBT_KEY = 1 << 8
};

/* A recorded request with its answer, placed in its history. */
struct interaction {
    const struct recorded *x;
    struct request_key key;
    char *recorded_key; /* what stands in the recording for key.credential; or NULL */
    int history, name;  /* -1 = none */
    int position;       /* within its history */
    int64_t now;        /* seconds, when it was answered */
    bool dated;         /* `now` is the server's Date; else it is our clock */
    struct state before;
    unsigned doubts;   /* enum doubt */
    int64_t expires;   /* a set's, as answered; 0 = never */
    int made;          /* the set that the present life of its secret began with */
    bool succeeded;    /* a write that was answered 2xx */
    bool repeated;     /* its idempotency key was answered before: nothing was done */
    bool cursor_known; /* its cursor is a secret of its scope */
    int turn;      /* among the like ones of an unexplained history: which one it is */
    int64_t point; /* microseconds: when it was done, as the answers show */
    int rank;      /* its place among the interactions of its secret */
    bool done;     /* state_trace() has passed it */
};

struct history_name {
    const char *text;
    int first; /* interaction */
};

struct history {
    char *account, *user; /* user NULL = the account's scope; "" = no scope given */
    bool live;
    int *interactions;
    size_t count;
    struct history_name *names;
    size_t name_count;
    json_t *name_index;     /* text -> index */
    json_t *by_fingerprint; /* fingerprint -> [interaction, ..] */
    bool unexplained;       /* some interaction has DOUBT_UNEXPLAINED */
};

/* A write whose answer was not seen: it may have been done. */
struct unknown_outcome {
    int interaction, history, name;
};

struct histories {
    const struct recording *recording;
    struct identity *identity; /* of its tokens */
    bool keys_are_apart;       /* keys of some sessions cannot be compared */
    struct interaction *interactions;
    size_t count;
    struct history *items;
    size_t history_count;
    json_t *index;        /* account, mode and user -> number of the history */
    json_t *by_beginning; /* fingerprint of a first request -> [history, ..] */
    json_t *accounts;     /* key token -> account; one that was never let in: "" */
    const char *main_key; /* the token that most requests had; NULL = none */
    bool basic_refused, bearer_refused; /* a key that was let in was refused by it */
    struct unknown_outcome *unknown;    /* in order */
    size_t unknown_count;
    json_t *request_ids;    /* Request-Id -> how often it was answered */
    json_t *by_fingerprint; /* fingerprint -> [interaction, ..], of all histories */
    json_t *name_tokens;    /* see name_tokens.h; or NULL */
};

/* history_load.h makes them. */
void histories_free(struct histories *s); /* NULL is fine */
int history_find(const struct histories *s, const char *account, bool live,
                 const char *user);
/* The key of `index`; free(). */
char *history_index_key(const char *account, bool live, const char *user);
int history_name_find(const struct history *s, const char *name);
/* The user that names the history of a request: NULL, "" or a user. */
const char *history_user(const struct request_key *a);
/* What requests of one history are alike by; free(). */
char *history_turn_key(const char *fingerprint, int name);
bool interaction_writes(const struct interaction *t);   /* or tries to */
bool interaction_has_more(const struct interaction *t); /* a list that is cut */
/* Does any of these (enum doubt) hold? */
bool has_doubt(const struct interaction *t, unsigned doubts);
void set_doubt(struct interaction *t, enum doubt doubt, bool on);

#endif
