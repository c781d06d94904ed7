/*
 * admin.h - what every stand-in answers under /_assay/: the clock, and JSON of our own.
 *
 * Threads    safe from several at once.
 */
#ifndef ASSAY_ADMIN_H
#define ASSAY_ADMIN_H

#include <jansson.h>

#include "core/clock.h"
#include "core/http.h"

/* Is the target one of ours? */
bool admin_target(const char *target);
/* A JSON answer; steals `body`. */
void admin_json(struct http_response *answer, int status, json_t *body);
/* {"error": {"type": "assay_error", "code", "message"}}; the type no API uses. */
void admin_error(struct http_response *answer, int status, const char *code,
                 const char *message);
/* GET or POST /_assay/clock: the time, after moving it by the form's `advance` seconds.
 */
void admin_clock(struct clock *clock, const struct http_request *request,
                 struct http_response *answer);

#endif
