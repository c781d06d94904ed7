/*
 * known.h - requests whose answer is known: the same bytes were answered before, and
 * nothing that could change the answer has happened since.
 *
 * A request is the same when its method, target and every header are. Reads only: what
 * has a body is never known.
 *
 * Ownership  known_keep() steals the kept answer. What known_find() lends lives until
 *            the next known_keep().
 * Threads    one.
 */
#ifndef ASSAY_KNOWN_H
#define ASSAY_KNOWN_H

#include "core/replay/look.h"
#include "proxy/listener.h"

struct known_answer {
    struct http_request request;
    uint64_t hash, version; /* of the state that it was given in */
    int64_t second;         /* of the clock, likewise */
    struct kept_answer *answer;
    struct look look; /* of what is renewed in it */
    int label, status;
    uint64_t exchange;
};

struct known;

struct known *known_new(void);
/* The answer of this request in this state and second; NULL = it is not known. */
struct known_answer *known_find(struct known *k, const struct http_request *request,
                                uint64_t version, int64_t second);
/* Its request is copied; an older one may be forgotten for it. */
struct known_answer *known_keep(struct known *k, const struct http_request *request,
                                uint64_t version, int64_t second,
                                struct kept_answer *answer);
void known_free(struct known *k);

#endif
