/*
 * replayer_state.h - what the files of the replay server share. Private to them.
 *
 * Threads    the listener's one thread.
 */
#ifndef ASSAY_PROXY_REPLAYER_STATE_H
#define ASSAY_PROXY_REPLAYER_STATE_H

#include "core/id.h"
#include "proxy/answer_cache.h"
#include "proxy/growth.h"
#include "proxy/replayer.h"
#include "proxy/request_log.h"

struct replayer {
    struct replayer_options options;
    struct clock clock;
    struct replay *replay;
    struct request_log *requests;
    struct listener *listener;
    struct answer_cache *cache; /* NULL = each answer is found anew */
    struct id_source random;    /* of the ids in those that are known */
    struct growth *growth;      /* of a recording that grows; or NULL */
    struct faults *faults;      /* those in force; NULL = none */
    struct faults *own_faults;  /* they came by PUT, and are ours to free */
    uint64_t labels[4], spoilt, forwarded;
    json_t *unknown_keys; /* their digests */
};

/* replay_admin.c: all under /_assay/. */
void replay_admin(struct replayer *r, const struct arrival *a,
                  struct http_response *answer);

#endif
