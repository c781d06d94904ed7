/*
 * kept_answer.h - an answer that is given many times, ready to be sent.
 *
 * Ownership  kept_answer_new() steals the contents of `response` and returns a new one for
 *            kept_answer_free(); NULL is fine there.
 * Threads    one.
 */
#ifndef ASSAY_PROXY_KEPT_ANSWER_H
#define ASSAY_PROXY_KEPT_ANSWER_H

#include <microhttpd.h>

#include "core/http.h"

/* Only for a listener with one thread: libmicrohttpd writes the headers of an answer before
 * it asks for the next request, so one of them can be renewed each time. */
struct kept_answer {
    struct MHD_Response *response;
    int status;
    char *renewed; /* the value of that header, within `response`; or NULL */
};

/* Steals the contents of `response`; `renewed` names the header that can be, or NULL.
 */
struct kept_answer *kept_answer_new(struct http_response *response,
                                    const char *renewed);
void kept_answer_free(struct kept_answer *k); /* NULL is fine */
/* What that header was last; to be written over with as many bytes. NULL = none. */
char *kept_answer_value(struct kept_answer *k);

#endif
