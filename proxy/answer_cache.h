/*
 * answer_cache.h - requests whose answer is known: the same bytes were answered before, and
 * nothing that could change the answer has happened since.
 *
 * A request is the same when its method, target and every header are. Reads only: what
 * has a body is never known.
 *
 * Ownership  answer_cache_keep() steals the kept answer. What answer_cache_find() lends
 *            lives until the next answer_cache_keep().
 * Threads    one.
 */
#ifndef ASSAY_PROXY_ANSWER_CACHE_H
#define ASSAY_PROXY_ANSWER_CACHE_H

#include "proxy/listener.h"
#include "replay/text/id_format.h"

struct cached_answer {
    struct http_request request;
    uint64_t hash, version; /* of the state that it was given in */
    int64_t second;         /* of the clock, likewise */
    struct kept_answer *answer;
    struct id_format id_format; /* of what is renewed in it */
    int label, status;
    uint64_t exchange;
};

struct answer_cache;

struct answer_cache *answer_cache_new(void);
/* The answer of this request in this state and second; NULL = it is not known. */
struct cached_answer *answer_cache_find(struct answer_cache *k,
                                        const struct http_request *request,
                                        uint64_t version, int64_t second);
/* Its request is copied; an older one may be forgotten for it. */
struct cached_answer *answer_cache_keep(struct answer_cache *k,
                                        const struct http_request *request,
                                        uint64_t version, int64_t second,
                                        struct kept_answer *answer);
void answer_cache_free(struct answer_cache *k);

#endif
