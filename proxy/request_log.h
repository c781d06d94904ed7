/*
 * request_log.h - the last requests that a server of ours has answered, for people to look
 * at.
 *
 * Bounded by count, and each by bytes; what falls out is counted. Credentials are not
 * kept, and payloads not shown.
 *
 * Ownership  request_log_json() returns a new reference.
 * Threads    one.
 */
#ifndef ASSAY_PROXY_REQUEST_LOG_H
#define ASSAY_PROXY_REQUEST_LOG_H

#include <jansson.h>

#include "core/http.h"

struct request_log;

struct request_line {
    int64_t at_ms;
    const char *method, *target; /* target: the path alone is kept */
    const char *label, *fault;   /* constants; fault: or NULL */
    const char *hint;            /* a constant, or NULL */
    /* What is shown of it in detail, or NULL: kept if it is short, and redacted when
     * somebody looks. */
    const struct http_request *request;
    const struct http_response *answer;
    int status;
    uint64_t exchange;
    int64_t us;
};

struct request_log *request_log_new(size_t max_count);
void request_log_add(struct request_log *r, const struct request_line *line);
/* A miss with its differences; steals `nearest`. */
void request_log_add_miss(struct request_log *r, const struct request_line *line,
                          json_t *nearest);
/* Those that came after the number `since`. */
json_t *request_log_json(struct request_log *r, bool misses, uint64_t since);
/* {"kind", "last", "requests" or "misses"}: what the page reads, for a server of that kind;
 * the n of ?since=n. New references. */
json_t *request_log_document(struct request_log *r, const char *kind, bool misses,
                             uint64_t since);
uint64_t request_log_since(const struct http_request *q);
void request_log_clear(struct request_log *r);
uint64_t request_log_dropped(const struct request_log *r);
void request_log_free(struct request_log *r);

#endif
