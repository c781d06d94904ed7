/*
 * asked.h - a request as replay compares it: what it does, to what, and all the rest.
 *
 * The rest is one text (`shape`): method, path, the form of the credential and every
 * parameter that is no identity, sorted. Two requests of one shape differ at most in
 * the secret's name, its user, payload, expiry, cursor and idempotency key.
 *
 * Ownership  asked_release() empties; texts are copies. NULL = not given.
 */
#ifndef ASSAY_ASKED_H
#define ASSAY_ASKED_H

#include "core/http.h"

enum asked_op { ASKED_SET, ASKED_FIND, ASKED_LIST, ASKED_DELETE, ASKED_OTHER };

struct asked {
    enum asked_op op;
    char *key; /* of the credential: the key, or its token in a recording */
    char *shape;
    char *name, *type, *user, *payload, *expires, *cursor, *idempotency;
    bool too_long;      /* a payload longer than the API takes; no recording says so */
    int64_t expires_at; /* when `expires` is a whole number, else INT64_MIN */
};

/* The lines of a shape that say how the key came. */
extern const char asked_basic[], asked_bearer[];
/* The shape that it would have with the other of the two; NULL = it has neither. */
char *asked_other_scheme(const struct asked *a);

/* Rewrites one literal value before it goes into the shape; new text or NULL. */
typedef char *asked_translate(void *context, const char *value);

void asked_read(struct asked *a, const struct http_request *r,
                asked_translate *translate, void *context);
void asked_release(struct asked *a);

#endif
