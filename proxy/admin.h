/*
 * admin.h - what every stand-in answers under /_assay/: the clock, and JSON of our own.
 *
 * Threads    safe from several at once.
 */
#ifndef ASSAY_PROXY_ADMIN_H
#define ASSAY_PROXY_ADMIN_H

#include <jansson.h>

#include "core/clock.h"
#include "core/http.h"

/* Is the target one of ours? */
bool admin_target(const char *target);
/* Did it come from this machine, and from no page of somebody else's? What a proxy
 * forwards, a Host that is not the loopback's (a name that was made to lead here) and a
 * foreign Origin are not from here. */
bool admin_is_local(const struct http_request *request, bool loopback);
/* An Origin that is not the Host's own. */
bool admin_is_foreign(const struct http_request *request);
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
