/*
 * request_key.h - a request as replay compares it: what it does, to what, and all the rest.
 *
 * The rest is one text (`fingerprint`): method, path, the form of the credential and every
 * parameter that is no identity, sorted. Two requests of one fingerprint differ at most in
 * the secret's name, its user, payload, expiry, cursor and idempotency key.
 *
 * Ownership  request_key_release() empties; texts are copies. NULL = not given.
 */
#ifndef ASSAY_RECORDING_HISTORY_REQUEST_KEY_H
#define ASSAY_RECORDING_HISTORY_REQUEST_KEY_H

#include "api/secrets_api.h"
#include "core/http.h"

struct request_key {
    enum api_call op;
    char *credential; /* the key, or its token in a recording */
    char *fingerprint;
    char *name, *type, *user, *payload, *expires, *cursor, *idempotency;
    char *other_cursor; /* ending_before, beside a starting_after in `cursor` */
    bool too_long;      /* a payload longer than the API takes; no recording says so */
    int64_t expires_at; /* when `expires` is a whole number, else INT64_MIN */
};

/* The value of a parameter that is no identity (`limit`, `expand[]`), `*len` bytes, lent; the
 * first one if there are several. NULL = not given. */
const char *request_key_param(const struct request_key *a, const char *name,
                              size_t *len);
/* Is there such a parameter with that value? */
bool request_key_has(const struct request_key *a, const char *name, const char *value);
/* The lines of a fingerprint that say how the key came. */
extern const char request_key_basic[], request_key_bearer[];
/* The fingerprint that it would have with the other of the two; NULL = it has neither. */
char *request_key_other_scheme(const struct request_key *a);

/* Rewrites one literal value before it goes into the fingerprint; new text or NULL. */
typedef char *request_key_translate(void *context, const char *value);

void request_key_read(struct request_key *a, const struct http_request *r,
                      request_key_translate *translate, void *context);
void request_key_release(struct request_key *a);

#endif
