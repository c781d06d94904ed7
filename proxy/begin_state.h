/*
 * begin_state.h - POST /_assay/secrets: secrets that are there before a test begins.
 *
 *   {"secrets": [{"name": "a", "payload": "x", "scope": {"type": "account"}}, ..]}
 *
 * or the list alone, or the form of one set. `expires_at` and `key` may stand there, too;
 * without a key the request's own Authorization tells whose they are, else the main
 * account. Each is set as a client would set it, so what the API refuses is refused; what
 * stands before it in the list is there then.
 *
 * Threads    those of `set`.
 */
#ifndef ASSAY_PROXY_BEGIN_STATE_H
#define ASSAY_PROXY_BEGIN_STATE_H

#include "proxy/listener.h"

/* Do one set, whose form is given; `key` NULL = of the main account. */
typedef void begin_state_set(void *server, const char *key, const char *form,
                             struct http_response *answer);

/* `token` is the admin token, which is nobody's key; or NULL. */
void begin_state(const struct arrival *a, const char *token, begin_state_set *set,
                 void *server, struct http_response *answer);

#endif
