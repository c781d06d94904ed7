/*
 * request_brief.h - a request in one line, for people:
 *
 *     POST /v1/apps/secrets name=a payload=(hidden) scope[type]=account
 *
 * Nothing secret is in it: payloads and what is secret by its name are left out, keys
 * never looked at, and what comes from outside is escaped.
 *
 * Threads    any.
 */
#ifndef ASSAY_PROXY_REQUEST_BRIEF_H
#define ASSAY_PROXY_REQUEST_BRIEF_H

#include <jansson.h>

#include "core/buf.h"
#include "core/http.h"

/* The header by which a client says which of its tests a request is of. */
#define ASSAY_LABEL_HEADER "Assay-Label"

void request_brief(struct buf *out, const struct http_request *q);
/* Query and form as [[name, value], ..], likewise; new reference. */
json_t *request_params(const struct http_request *q);
/* Where two such lists differ: ["name: b for a", ..]; new reference. */
json_t *request_params_differ(const json_t *here, const json_t *there);

#endif
