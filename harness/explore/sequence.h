/*
 * sequence.h - random sequences of calls, for exploring.
 *
 * A move says what is done to which of a few names in which of three places, never what
 * the answer is: so a sequence from which moves are taken out is a sequence still, and
 * the model says anew what must be answered (oracle.h).
 *
 * Ownership  sequence_release() empties a sequence; a zeroed one is empty.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_EXPLORE_SEQUENCE_H
#define ASSAY_HARNESS_EXPLORE_SEQUENCE_H

#include <jansson.h>

#include "api/profile.h"
#include "core/id.h"

enum move_kind {
    MOVE_SET,
    MOVE_FIND,
    MOVE_LIST,
    MOVE_PAGE,
    MOVE_WALK,
    MOVE_DELETE,
    MOVE_WAIT,
    MOVE_REFUSED,
    MOVE_KINDS
};

enum move_role { AS_MAIN, AS_OTHER, AS_UI, MOVE_ROLES };
extern const char *const move_roles[MOVE_ROLES]; /* as a profile calls them */

/* Two users whose ids begin alike. */
enum place { PLACE_ACCOUNT, PLACE_ANN, PLACE_ANNA, PLACES };

enum { NAMES = 6 }; /* also the most that is ever alive in one place */

struct move {
    enum move_kind kind;
    enum move_role role;
    enum place place;
    unsigned serial;   /* makes its payload unlike any other of the sequence */
    unsigned name;     /* below NAMES */
    unsigned text;     /* which payload; 0 = a plain one */
    unsigned lasts;    /* MOVE_SET: which expires_in; 0 = none. MOVE_WAIT: how long */
    unsigned wrong;    /* MOVE_REFUSED: what is wrong */
    unsigned limit;    /* 0 = none */
    unsigned position; /* of the cursor; modulo what is there */
    unsigned encoding; /* 0 = the usual one */
    bool expand, after, before;
};

struct sequence {
    unsigned family; /* which names */
    struct move *moves;
    size_t count;
};

/* What the target lets a sequence do. */
struct sequence_limits {
    bool roles[MOVE_ROLES], clock;
    bool exact;     /* a secret is gone two seconds after its end */
    unsigned names; /* in a scope */
};

void sequence_limits_from(struct sequence_limits *l, const struct profile *p);
void sequence_random(struct sequence *s, struct id_source *ids, size_t length,
                     const struct sequence_limits *l);
/* All moves but [from, to), which may be empty. */
void sequence_without(struct sequence *out, const struct sequence *s, size_t from,
                      size_t to);
void sequence_release(struct sequence *s);

/* What a move sends, as specs write it; new. */
json_t *sequence_name(const struct sequence *s, const struct move *m);
json_t *move_payload(const struct move *m);
json_t *move_scope(const struct move *m);       /* account, {user: ann} */
json_t *move_encoding(const struct move *m);    /* or NULL */
bool sequence_is_raw(const struct sequence *s); /* names are sent without a prefix */
int move_seconds(const struct move *m); /* of expires_in, or of a wait; 0 = none, or
                                           until just after the next end */
/* How many kinds of wrongness oracle_predict.c knows. */
extern const unsigned move_wrongs;

#endif
