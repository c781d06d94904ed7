/*
 * identity_key.h - the random key by which secrets of several sessions are told apart.
 *
 * A recording holds no secret, only tokens. So that `payload:1` of today and of
 * tomorrow can be known to be the same, each token has a mark: the beginning of an
 * HMAC-SHA-256 of its secret. The key of the HMAC is random, made once for a user, and
 * stands in the user's state folder, never in a recording or beside one. Without that
 * key a mark says nothing of its secret, but whether two secrets are equal.
 *
 * A mark is "KEY:DIGEST", 8 and 16 hex digits. KEY names the key; marks of two keys
 * cannot be compared.
 *
 * Threads    a key is read-only once loaded.
 */
#ifndef ASSAY_RECORDING_IDENTITY_KEY_H
#define ASSAY_RECORDING_IDENTITY_KEY_H

#include "core/err.h"

enum { IDENTITY_KEY_BYTES = 32, IDENTITY_MARK_SIZE = 8 + 1 + 16 + 1 };

struct identity_key {
    unsigned char bytes[IDENTITY_KEY_BYTES];
    char name[9]; /* "" = there is no key */
};

/* Reads it; makes it, readable for its user alone, if it is not there. */
bool identity_key_load(struct identity_key *key, const char *path, struct err *err);
void identity_mark(const struct identity_key *key, const char *secret, size_t len,
                   char out[IDENTITY_MARK_SIZE]);
/* Were these made with one key? */
bool identity_marks_comparable(const char *a, const char *b);
/* Is the text of the form of a mark? */
bool identity_mark_valid(const char *text);

#endif
