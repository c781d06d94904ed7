/*
 * replayer.h - a recording as a server: `assay replay`.
 *
 * Under /_assay/, for the loopback or with the admin token as a Bearer credential:
 *   GET /_assay/             a page that shows requests, misses and state as they come
 *   GET|POST /_assay/clock   the time; the form advance=SECONDS moves it
 *   POST /_assay/reset       state, clock and faults begin again; or one scope alone
 *   POST /_assay/secrets     secrets that are there from now on (begin_state.h)
 *   GET|PUT /_assay/faults   answers to spoil (faults.h)
 *   GET /_assay/requests     the last requests with their labels
 *   GET /_assay/misses       what was not recorded, with the nearest
 *   GET /_assay/fixture      ?exchange=N: it, as it stands in the fixture
 *   GET /_assay/state        names and what they stand for
 *   GET /_assay/metrics      Prometheus text
 * It opens no outgoing socket: what is missed is its owner's business.
 *
 * Ownership  replayer_start() borrows the recording, the faults and the gate.
 */
#ifndef ASSAY_PROXY_REPLAYER_H
#define ASSAY_PROXY_REPLAYER_H

#include "core/clock.h"
#include "proxy/faults.h"
#include "proxy/gate.h"
#include "proxy/listener.h"
#include "proxy/recorder.h"
#include "replay/replay.h"

struct replayer;

struct replayer_options {
    struct listener_options listen; /* how it is reached; the rest is set here */
    struct clock clock;
    struct replay_options replay;
    double latency;        /* times what the recorded answer took; 0 = at once */
    struct faults *faults; /* or NULL */
    struct gate *gate;     /* what must not happen; or NULL */
    const struct gate_file *files; /* of the recording, for places; or NULL */
    size_t file_count;
    struct recording
        *grows; /* what is missed is recorded into it: the recording itself;
                                or NULL */
    const char *admin_token;
};

struct replayer_counts {
    bool ran;           /* they are of a server that was there */
    uint64_t labels[4]; /* by enum replay_label */
    uint64_t forwarded; /* missed, and recorded */
    uint64_t faults;
    size_t unknown_keys; /* so many different ones were shown */
};

/* Without a listener of its own: the owner's asks it, in one thread. */
struct replayer *replayer_new(const struct recording *recording,
                              const struct replayer_options *options);
/* False: that was not recorded, and the recording grows. */
bool replayer_answer(struct replayer *r, struct arrival *a);
/* What was done here alone, for the upstream to have before it is asked; see growth.h. */
size_t replayer_unsent(struct replayer *r, struct recorder_before **out);
/* Such a request has been recorded. `relayed` is what the client gets. `a` is NULL for one
 * of those before. */
void replayer_learn(struct replayer *r, const struct arrival *a,
                    const struct recorded *x, int64_t started_ms,
                    struct http_response *relayed);
struct replayer *replayer_start(const struct recording *recording,
                                const struct replayer_options *options,
                                struct err *err);
const char *replayer_url(const struct replayer *r);
void replayer_stop(struct replayer *r, int64_t bound_ms,
                   struct replayer_counts *counts);

#endif
