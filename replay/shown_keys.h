/*
 * shown_keys.h - which recorded key stands for one that a client shows.
 *
 * By its role in the profile; else the main one by --key, or because it is shown first
 * and nothing speaks against it. A key that was recorded and refused is bound to what
 * asks as it did. Any other is unknown.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_SHOWN_KEYS_H
#define ASSAY_REPLAY_SHOWN_KEYS_H

#include "replay/replay_request.h"

#define SHOWN_KEY_UNKNOWN "key:unknown" /* the token of what nobody knows */

/* None is shown yet but those of the options. */
void shown_keys_init(struct replay *r);
/* The token of the request's key; NULL = it has none. */
const char *shown_keys_token(struct replay *r, const struct request_key *a);
/* The token of the recording's main key, and whose account a token's is; "" = it was
 * never let in. */
const char *shown_keys_main(const struct replay *r);
const char *shown_keys_account(const struct replay *r, const char *token);
void shown_keys_add(struct replay *r, const char *key, const char *token,
                    const char *user);

#endif
