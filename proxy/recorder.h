/*
 * recorder.h - a reverse proxy that has every exchange on disk before it is relayed.
 *
 * One thread does it all, so nothing is handed over. In each turn it commits the
 * intents of the requests that have come and the outcomes of the answers that have
 * come, together; only then do those requests go to the upstream and those answers to
 * their clients. What cannot be written is not forwarded: 503.
 *
 * What a client gets when the upstream gave no answer is an error object of ours
 * (`type: assay_error`): 502 `upstream_refused`, `upstream_reset`, `upstream_partial`,
 * `upstream_too_large`, `upstream_unreadable`; 504 `upstream_timeout`; 503
 * `not_recorded`.
 *
 * Ownership  recorder_start() owns the journal from then on, also when it fails, and
 *            borrows the redactor until recorder_stop().
 */
#ifndef ASSAY_PROXY_RECORDER_H
#define ASSAY_PROXY_RECORDER_H

#include "proxy/listener.h"
#include "proxy/upstream.h"
#include "recording/journal.h"
#include "recording/redact/redactor.h"

struct recorder;

/* A request of ours to the upstream, before a client's. */
struct recorder_before {
    struct http_request request;
    bool record; /* else it is recorded already */
};

struct recorder_options {
    struct listener_options listen; /* how it is reached; the rest is set here */
    struct upstream_options upstream;
    /* Once at the first failure to write, and once when it works again; and at the first
     * answer that the upstream did not give. May be NULL. */
    void (*trouble)(const char *what);
    /* Something that answers before the upstream is asked; or NULL. `answer` says whether
     * it did; `before` what the upstream must have had before it is asked instead, in
     * order; `recorded` is told what was asked and recorded, when it is on disk and before
     * it is relayed (`a` is NULL for one of those before). All in the recorder's thread. */
    bool (*answer)(void *context, struct arrival *a);
    size_t (*before)(void *context, struct recorder_before **out);
    void (*recorded)(void *context, const struct arrival *a, const struct recorded *x,
                     struct http_response *relayed);
    void *context;
};

struct recorder_counts {
    uint64_t arrived;     /* all requests */
    uint64_t answered;    /* with the upstream's answer */
    uint64_t failed;      /* 502, 504: the upstream gave none */
    uint64_t not_written; /* 503: it could not be recorded */
    uint64_t too_large;   /* 413: its body was over the limit */
    uint64_t refused;     /* 400, 403, 415, 503: it was not for the upstream */
    uint64_t syncs;
    bool restored; /* the journal was removed and is there again */
};

/* Listens, and answers nothing yet. It fails when the upstream is the recorder itself. */
struct recorder *recorder_listen(const struct recorder_options *options,
                                 struct redactor *redactor, struct err *err);
/* From here on it records. `started_ms` is the beginning of the session. */
bool recorder_begin(struct recorder *r, struct journal *journal, int64_t started_ms,
                    struct err *err);
const char *recorder_url(const struct recorder *r);
/* Finish what is under way within `bound_ms`. The journal is still the caller's to
 * compile: it is closed, not removed. False: it is not where it was. */
bool recorder_stop(struct recorder *r, int64_t bound_ms, struct recorder_counts *counts,
                   struct err *err);

#endif
