/*
 * key_token.h - the token that stands in a recording for a key: `key:ROLE` where the profile
 * knew it, else `key:N`, `key:N (test)` or `key:N (live)`.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_KEY_TOKEN_H
#define ASSAY_RECORDING_KEY_TOKEN_H

#include "api/secrets_api.h"

/* The role that it names; API_ROLES = none. NULL is no token. */
enum api_role key_token_role(const char *token);
/* A key of the live mode. */
bool key_token_is_live(const char *token);

#endif
