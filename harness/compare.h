/*
 * compare.h - how an answer differs from the recorded one. Private to diff.
 *
 * Values are compared by class: exact, generated (an id, paired once; the request's),
 * shifted (a time, as a number or as text), renamed (a name, a user, a payload). What
 * has an id or the name inside a text of its own is compared with those put in.
 *
 * Units      seconds.
 * Ownership  a compare borrows the diff; `found` and `pointer` are its owner's to
 * release.
 */
#ifndef ASSAY_COMPARE_H
#define ASSAY_COMPARE_H

#include "core/buf.h"
#include "core/replay/stories.h"
#include "harness/engine.h"

struct diff {
    struct run *run;
    struct stories *stories;
    char id[12];          /* of this run: what names begin with */
    json_t *ids;          /* id there -> here */
    json_t *owners;       /* id here -> whose it is: scope and name */
    json_t *times;        /* id, member and time there -> here: it stays what it was */
    json_t *left;         /* what must be removed: "role scope user name" -> [..] */
    json_t *expiring;     /* "role user" -> {name: [when there, when here]} */
    int64_t ahead;        /* the target's clock minus ours, seconds */
    int64_t there;        /* the latest time there that was retold; 0 = none was */
    int64_t shift;        /* the target's time minus the recorded one; it only grows, so
                             that what had expired there has expired here */
    int64_t sent_expires; /* of the present request; 0 = none */
    unsigned unreached;
    const struct run_progress *progress;
};

/* One exchange and how it differs. */
struct compare {
    struct diff *d;
    const struct tale *t;
    int64_t now;
    const struct http_headers *headers_there, *headers_here;
    const char *id, *name; /* of the object that is being compared; NULL = none */
    json_t *found;
    struct buf pointer;
};

/* diff.c: what a recorded name, user or payload is here; free(). */
char *diff_name(const struct diff *d, const char *there);
char *diff_user(const struct diff *d, const char *there);
char *diff_payload(const struct diff *d, const char *token);

/* Status, media type and body; what differs is appended to k->found. */
void compare_answer(struct compare *k, const struct http_response *there,
                    const struct http_response *here);

#endif
