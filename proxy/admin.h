/*
 * admin.h - what every server of ours answers under /_assay/: who may ask, what there is,
 * the clock, and JSON of our own.
 *
 * Ownership  admin_scope_release() empties a scope that admin_scope_read() has filled.
 * Threads    safe from several at once.
 */
#ifndef ASSAY_PROXY_ADMIN_H
#define ASSAY_PROXY_ADMIN_H

#include <jansson.h>

#include "core/clock.h"
#include "proxy/listener.h"

/* One thing under /_assay/; HEAD is answered where GET is. */
struct admin_route {
    const char *method, *path; /* "/_assay/clock" */
    void (*run)(void *server, const struct arrival *a, struct http_response *answer);
};

struct admin {
    const struct admin_route *routes;
    size_t count;
    const char *token; /* asked of everybody; NULL = only the loopback may */
    void *server;
};

/* The scope that a request names by scope[type] and scope[user], in its form or query. */
struct admin_scope {
    bool named;
    char *user; /* NULL = the account's */
};

/* Is the target one of ours? */
bool admin_target(const char *target);
/* Did it come from this machine, and from no page of somebody else's? What a proxy
 * forwards, a Host that is not the loopback's (a name that was made to lead here) and a
 * foreign Origin are not from here. */
bool admin_is_local(const struct http_request *request, bool loopback);
/* An Origin that is not the Host's own. */
bool admin_is_foreign(const struct http_request *request);
/* Everything under /_assay/: routes, or an error that says what there is. */
void admin_answer(const struct admin *admin, const struct arrival *a,
                  struct http_response *answer);
/* False: it is none, and the answer says so (400). */
bool admin_scope_read(const struct http_request *request, struct admin_scope *out,
                      struct http_response *answer);
void admin_scope_release(struct admin_scope *s);
/* A JSON answer; steals `body`. */
void admin_json(struct http_response *answer, int status, json_t *body);
/* {"error": {"type": "assay_error", "code", "message"}}; the type no API uses. */
void admin_error(struct http_response *answer, int status, const char *code,
                 const char *message);
/* The page that shows what /_assay/requests says, as it comes. */
void admin_page(struct http_response *answer);
/* 400 with all errors of a text that was sent. */
void admin_diags(struct http_response *answer, const char *code,
                 const struct diags *diags);
/* GET or POST /_assay/clock: the time, after moving it by the form's `advance` seconds.
 */
void admin_clock(struct clock *clock, const struct http_request *request,
                 struct http_response *answer);

#endif
