/*
 * compare.h - how an answer differs from the recorded one. Private to diff.
 *
 * Values are compared by class: exact, generated (an id, paired once; the request's),
 * shifted (a time, as a number or as text), renamed (a name, a user, a payload). What
 * has an id or the name inside a text of its own is compared with those put in.
 *
 * Units      seconds.
 * Ownership  a compare borrows the diff; `found` and `pointer` are its owner's to
 *            release.
 */
#ifndef ASSAY_HARNESS_DIFF_COMPARE_H
#define ASSAY_HARNESS_DIFF_COMPARE_H

#include "core/buf.h"
#include "harness/result_doc.h"
#include "harness/run/evidence.h"
#include "harness/run/target.h"
#include "recording/history/history.h"

struct diff {
    struct target target;
    struct result_doc doc; /* what it finds */
    const struct specs *specs;
    const struct run_options *options;
    struct histories *histories;
    char id[12];          /* of this run: what names begin with */
    json_t *ids;          /* id there -> here */
    json_t *owners;       /* id here -> whose it is: scope and name */
    json_t *times;        /* id, member and time there -> here: it stays what it was */
    json_t *left;         /* what must be removed: "role scope user name" -> [..] */
    json_t *expiring;     /* "role user" -> {name: {there, here, set, gone}}: when it
                             ends, when it was set there, and true if it was gone there
                             in the second of its end */
    json_t *sent_times;   /* expires_at there -> as it was sent first */
    int64_t there_ms;     /* the latest time there that was rendered; 0 = none was */
    int64_t shift_ms;     /* the target's time minus the recorded one; it only grows, so
                             that what had expired there has expired here */
    int64_t sent_expires; /* seconds, of the present request; 0 = none */
    bool plain;           /* payloads are of letters and digits */
    const char *path;     /* of the recording */
    char *why_unreached;  /* the last failure to connect, or NULL */
    unsigned unreached;
    const struct run_progress *progress;
};

/* One exchange and how it differs. */
struct compare {
    struct diff *d;
    const struct interaction *t;
    int64_t now;
    const struct http_headers *headers_there, *headers_here;
    const char *id, *name; /* of the object that is being compared; NULL = none */
    json_t *found;
    size_t broken, changed; /* of them: against a clause; what the API leaves free */
    bool free;              /* what is compared now is */
    const char *skip;       /* why it cannot be compared, or NULL */
    struct buf pointer;
};

/* diff_here.c: what a recorded name, user or payload is here; free(). */
char *diff_name(const struct diff *d, const char *there);
char *diff_user(const struct diff *d, const char *there);
char *diff_payload(const struct diff *d, const char *token);
/* The role whose key is sent for a recorded credential; "" = a key nobody knows, NULL =
 * there is none for it. */
const char *diff_role(const struct diff *d, const struct interaction *t);
void diff_request(struct diff *d, const struct interaction *t, struct http_request *r);

/* diff.c: a call of our own; what it makes is removed at the end. `expires_at` may be
 * NULL. */
void diff_ask(struct diff *d, enum effect effect, const char *role, json_t *scope,
              const char *name, const char *expires_at, struct exchange *x);

/* diff_time.c */
void diff_send(struct diff *d, struct exchange *x); /* until it is answered */
void diff_time_settle(struct diff *d);
int64_t diff_time_now(const struct diff *d);
/* The expires_at that is sent for a recorded one. */
int64_t diff_time_expires(struct diff *d, const struct interaction *t, int64_t there);
/* As much time has to have passed as had then. False if it cannot be made to. */
bool diff_time_catch_up(struct diff *d, const struct interaction *t);
/* A write that was taken there: when what it left expires. */
void diff_time_note(struct diff *d, const struct interaction *t);
/* Is the answer about a secret that ended about then, so that it may be there or not on
 * one of the sides (EXP-3)? */
bool diff_time_blurs(struct diff *d, const struct interaction *t,
                     const struct exchange *x);

/* Status, media type and body; what differs is appended to k->found. */
void compare_answer(struct compare *k, const struct http_response *there,
                    const struct http_response *here);

#endif
