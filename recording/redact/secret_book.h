/*
 * secret_book.h - the secrets that are known, and the token of each.
 *
 * Private to recording/redact.
 *
 * Ownership  a book copies what it is told; tokens are lent.
 * Threads    one at a time.
 */
#ifndef ASSAY_RECORDING_REDACT_SECRET_BOOK_H
#define ASSAY_RECORDING_REDACT_SECRET_BOOK_H

#include <jansson.h>

#include "recording/identity_key.h"
#include "recording/redact/fields.h"
#include "recording/redact/secret_set.h"
#include "recording/redact/token.h"

struct secret_book {
    struct secret_set *secrets;
    json_t *tokens;         /* secret text -> token */
    struct secret_set *own; /* no secrets to who reads the report; or NULL */
    json_t *own_short;      /* those of them that are too short for a set, as keys */
    uint8_t *own_quads; /* which four characters in a row are in own secrets: bits */
    struct identity_key identity;
    json_t *marked_tokens; /* mark -> token, of all sessions */
    json_t *new_marks;     /* token -> mark, of those that nobody has taken yet */
    unsigned counts[TOKEN_KINDS];
    char **keys; /* API keys, for their masked forms */
    size_t key_count;
    struct field_rules fields, query; /* in bodies; in queries, where `key` is one */
    char **headers;                   /* --redact-header */
    size_t header_count;
    json_t *named;        /* values in the open: no guess is one of them */
    bool keep_tokens;     /* what reads as a token is one */
    uint64_t version;     /* more with everything that is known */
    bool learned;         /* a secret that nobody has named */
    size_t hidden, parts; /* secrets and parts that were replaced */
};

void secret_book_init(struct secret_book *b);
void secret_book_release(struct secret_book *b);
/* A secret with a token of the caller's. */
void secret_book_add(struct secret_book *b, enum token_kind kind, const char *text,
                     size_t len, const char *token);
/* The token of a secret; equal ones alike. NULL: an empty text, one of the reader's own,
 * a token that is to stay. */
const char *secret_book_token(struct secret_book *b, enum token_kind kind,
                              const char *text, size_t len);
/* A text that is no secret to who reads the report; `whole`: it is one to others, and what
 * is much like it is his own, too. */
void secret_book_own(struct secret_book *b, const char *text, size_t len, bool whole);
/* What a message says in the open. */
void secret_book_name(struct secret_book *b, const char *text, size_t len);
bool secret_book_is_named(const struct secret_book *b, const char *text, size_t len);
/* A token was written, NULL for a part. Variables that the reader has do not count. */
void secret_book_count(struct secret_book *b, const char *token);
/* What stands for a masked key, to be freed; NULL = it is none. */
char *secret_book_masked(const struct secret_book *b, const char *text, size_t len);

#endif
