/*
 * faults.h - what replay spoils on purpose, by a file, in a repeatable way.
 *
 *   seed: 7                     # of the dice; default 1
 *   faults:                     # the first that fits and whose dice fall so
 *     - {method: POST, path: "/v1/apps/secrets*", percent: 20, status: 500}
 *     - {every: 10, status: 429, retry_after: 2}
 *     - {path: "*find*", delay: 300ms}
 *     - {percent: 5, reset: before}      # before headers, or after
 *     - {percent: 5, truncate: true}     # half of the body
 *     - {percent: 5, drip: 20ms}         # a few bytes each 20 ms
 *     - {status: 503, when: before}      # what was asked is not done; else it is
 *
 * Errors     all of the file at once, with their places.
 * Ownership  faults_json() returns a new reference.
 * Threads    faults_pick() is safe from several at once.
 */
#ifndef ASSAY_PROXY_FAULTS_H
#define ASSAY_PROXY_FAULTS_H

#include <jansson.h>

#include "core/err.h"
#include "core/http.h"

enum fault_cut { CUT_NONE, CUT_BEFORE, CUT_AFTER, CUT_HALF };

struct fault {
    char *method, *path; /* NULL = any; path is a glob */
    int percent, every;  /* every: of the requests that fit; 0 = all */
    int status;          /* 0 = leave */
    int64_t retry_after; /* seconds; -1 = none */
    int64_t delay_ms, drip_ms;
    enum fault_cut cut;
    bool undone;      /* what was asked is not done */
    uint64_t fitting; /* requests that fit so far */
};

struct faults;

struct faults *faults_load(const char *path, struct diags *diags);
/* The same from a text; JSON is such a one, too. */
struct faults *faults_parse(const char *source, const char *text, size_t len,
                            struct diags *diags);
/* Dice and counts as at the beginning. NULL is fine. */
void faults_restart(struct faults *f);
/* What was loaded; of NULL an empty list. */
json_t *faults_json(const struct faults *f);
/* The fault for this request or NULL; lent. */
const struct fault *faults_pick(struct faults *f, const struct http_request *request);
/* "status 500", "reset before": for the request journal. */
const char *fault_name(const struct fault *f);
void faults_free(struct faults *f);

#endif
