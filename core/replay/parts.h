/*
 * parts.h - what the files of replay share. Private to core/replay.
 */
#ifndef ASSAY_REPLAY_PARTS_H
#define ASSAY_REPLAY_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/model/model.h"
#include "core/replay/repeats.h"
#include "core/replay/replay.h"
#include "core/replay/telling.h"

struct replay {
    const struct recording *recording;
    struct replay_options options;
    struct stories *stories;
    struct tellings tellings;
    struct model *model;
    struct model_rules rules; /* learned */
    json_t *keys;             /* a key that was shown -> its token in the recording */
    json_t *evidence;         /* "class shape" -> [tale, ..] */
    struct repeats repeats;
    struct refusal *refusals; /* see kin.h; NULL = not looked */
    size_t refusal_count;
    size_t next; /* --literal: the tale that comes next */
    _Atomic uint64_t version;
    pthread_mutex_t lock;
};

/* One request on its way. */
struct asking {
    struct replay *r;
    const struct http_request *request;
    struct asked asked;
    const char *token, *account; /* of its credential */
    bool live;
    struct telling *telling;
    struct told_name *name; /* or NULL */
    int64_t now_ms, now;
    /* the recorded set that the answer shows, if it is to show what stands here: then
     * `name` lives by a recorded set, too, and both have a payload (evidence.c) */
    const struct tale *shown;
    int64_t ended; /* see struct state */
    int turn;      /* in a wild story: how often the same was asked before */
    bool fresh;    /* its key, scope or name was not met before */
    bool full;     /* a set of one more secret than fit, as far as we have learned */
};

/* choose.c: the tale that answers, or -1; *same when nothing needed another name. */
int choose_tale(struct asking *q, bool *same);
/* The same key, or both unknown, or none. */
bool same_credential(const struct asking *q, const struct tale *t);
/* 'n' never set, 'p' present, 'x' expired, 'd' deleted, '-' no name */
char class_of_tale(const struct tale *t);
char class_of_asking(const struct asking *q);

/* retell.c: a recorded answer with its names, ids and times as they are here. */
void retell(struct asking *q, const struct tale *t, struct replay_answer *answer);
/* Only its headers, renewed. */
void retell_headers(struct asking *q, const struct tale *t,
                    struct http_response *response);

/* effect.c: what a tale does to the secret, here and in the model. */
void follow_tale(struct asking *q, int tale);
/* The model has done what was refused: the secret is as it was told last. */
void undo_model(struct asking *q);

/* evidence.c: what was not recorded so. */
void evidence_index(struct replay *r);
bool tale_has_more(const struct tale *t); /* a list that is cut */
/* An error of the model, in the words of a recorded one. */
void answer_refusal(struct asking *q, json_t *model, struct replay_answer *answer);
void answer_by_model(struct asking *q, struct replay_answer *answer);
/* What it shows is a guess, or its order is. If the model's answer is of the same kind
 * (status, length of the list) that one is given in its looks; else it is what went
 * wrong there, and false; so it is when the order is the same. */
bool answer_unsettled(struct asking *q, int tale, struct replay_answer *answer);
/* 501 with the nearest recorded requests. */
void answer_miss(struct asking *q, struct replay_answer *answer);

#endif
