/*
 * recording.h - what one implementation answered: the exchanges of a session in memory.
 *
 * Secrets are tokens in here already (redactor.h); nothing in a recording was ever
 * secret text. Content-Length and Transfer-Encoding are not kept: the length would tell
 * that of a secret. An answer to HEAD keeps its Content-Length.
 *
 * Units      started_ms: milliseconds since the Unix epoch; began_us and ended_us:
 *            microseconds since the recording was started.
 * Ownership  a zeroed recording is empty; recording_release() empties it.
 *            recording_add() lends a zeroed exchange, valid until the next add.
 * Threads    read-only once loaded, then it may be shared.
 */
#ifndef ASSAY_RECORDING_RECORDING_H
#define ASSAY_RECORDING_RECORDING_H

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/http.h"

enum exchange_outcome {
    OUTCOME_ANSWERED,  /* a whole answer */
    OUTCOME_UNKNOWN,   /* the recorder ended before it knew */
    OUTCOME_REFUSED,   /* no connection: the request never arrived */
    OUTCOME_RESET,     /* the connection broke before an answer */
    OUTCOME_PARTIAL,   /* it broke inside the answer; `body` is what came */
    OUTCOME_TIMEOUT,   /* no whole answer in time */
    OUTCOME_TOO_LARGE, /* the answer was over the limit */
    OUTCOME_UNREADABLE /* not HTTP/1.1, or an encoding that cannot be read */
};

struct recorded {
    uint64_t number; /* from 1, in the order of arrival */
    int64_t began_us, ended_us;
    struct http_request request;
    struct http_response response; /* status 0 unless answered or partial */
    struct http_headers trailers;
    bool chunked;   /* the answer had no Content-Length */
    char *encoding; /* it came with this Content-Encoding; `body` is decoded; or NULL */
    enum exchange_outcome outcome;
    char *failure; /* what the client was told then; NULL when answered */
    int line;      /* in the file that it was read from; 0 = none */
};

struct recorded_session { /* a run of the recorder, or another source of exchanges */
    char *id;             /* random; "" = none */
    uint64_t from;        /* its first exchange; 0 = not known (files of old) */
};

struct recording {
    char *upstream;                    /* its URL, or NULL */
    char *tool;                        /* "assay 0.1.0" */
    int64_t started_ms;                /* of the first session */
    struct recorded_session *sessions; /* in the order of their exchanges */
    size_t session_count;
    json_t *marks; /* token -> mark (identity_key.h); NULL = none */
    struct recorded *items;
    size_t count, cap;
};

/* "answered", "unknown", .. */
const char *outcome_name(enum exchange_outcome o);
bool outcome_parse(const char *name, enum exchange_outcome *out);

struct recorded *recording_add(struct recording *r);
/* The exchanges from that number on are of it. */
void recording_add_session(struct recording *r, const char *id, uint64_t from);
bool recording_has_session(const struct recording *r, const char *id);
void recording_add_mark(struct recording *r, const char *token, const char *mark);
const char *recording_mark(const struct recording *r, const char *token); /* or NULL */
/* Move all exchanges of `more` behind those of `r`, numbered on; `more` is empty then.
 */
void recording_append(struct recording *r, struct recording *more);
void recorded_release(struct recorded *x);
void recording_release(struct recording *r);

/* --- the fixture file: a YAML stream, docs/recordings.md --- */

bool recording_write(const struct recording *r, struct buf *out);
/* The exchange items[at] as it stands in a file that begins with items[from]. */
void recording_write_exchange(const struct recording *r, size_t from, size_t at,
                              struct buf *out);
/* An exchange without its number and what is volatile; the ids of the file so far go on
 * in `ids`. */
struct volatile_ids;
void recording_write_stable(const struct recorded *x, struct volatile_ids *ids,
                            struct buf *out);
/* Into an empty one. All errors of the file at once in `diags`. */
bool recording_parse(struct recording *r, const char *source, const char *text,
                     size_t len, struct diags *diags);
bool recording_load(struct recording *r, const char *path, struct diags *diags);
/* Whole or not at all: file_replace(). */
bool recording_save(const struct recording *r, const char *path, struct err *err);
/* Does the text look like a recording (its first lines)? */
bool recording_is(const char *text, size_t len);

#endif
