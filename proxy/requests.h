/*
 * requests.h - the last requests that a replay has answered, for people to look at.
 *
 * Bounded by count, and each by bytes; what falls out is counted. Credentials and
 * payloads are not kept.
 *
 * Ownership  requests_json() returns a new reference.
 * Threads    one.
 */
#ifndef ASSAY_REQUESTS_H
#define ASSAY_REQUESTS_H

#include <jansson.h>

#include "core/base.h"

struct requests;

struct request_line {
    int64_t at_ms;
    const char *method, *target; /* target: the path alone is kept */
    const char *label, *fault;   /* constants; fault: or NULL */
    int status;
    uint64_t exchange;
    int64_t us;
};

struct requests *requests_new(size_t max_count);
void requests_add(struct requests *r, const struct request_line *line);
/* A miss with its differences; steals `nearest`. */
void requests_add_miss(struct requests *r, const struct request_line *line,
                       json_t *nearest);
json_t *requests_json(struct requests *r, bool misses);
void requests_clear(struct requests *r);
uint64_t requests_dropped(const struct requests *r);
void requests_free(struct requests *r);

#endif
