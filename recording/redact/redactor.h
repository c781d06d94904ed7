/*
 * redactor.h - secrets of an exchange become tokens, before anything is written down.
 *
 * What is secret by its place is learned there and then replaced wherever its text
 * turns up, in the encodings of redact.h:
 *
 *   the key of Authorization: Basic and Bearer, and whatever looks like an API key
 *                                         key:main (by profile), key:1 (test), key:2
 *   a password of Basic, other schemes, Proxy-Authorization, headers whose names end in
 *   Api-Key, Secret-Key, Token, Secret or Password, the fields api_key, access_token,
 *   client_secret, password and their like, `key` in a query
 *                                         credential:1
 *   Cookie, Set-Cookie                    cookie:1
 *   the field `payload`, in forms, queries, multipart and JSON, at any depth
 *                                         payload:1
 *   what --redact-header and --redact-field name
 *                                         redacted:1
 *
 * A token is an ordinal: equal values have the same, and it says nothing of the value.
 * A secret that is a word of the API itself ("account") is replaced in its field only,
 * as is one of under four bytes.
 *
 * Ownership  a redactor copies what it learns.
 * Threads    one at a time.
 */
#ifndef ASSAY_RECORDING_REDACT_REDACTOR_H
#define ASSAY_RECORDING_REDACT_REDACTOR_H

#include "api/profile.h"
#include "recording/identity_key.h"
#include "recording/recording.h"
#include "recording/redact/token.h"

struct redactor;

struct redactor *redactor_new(void);
void redactor_free(struct redactor *r);
/* The keys of a profile are known by their roles. */
void redactor_add_profile(struct redactor *r, const struct profile *p);
void redactor_add_header(struct redactor *r, const char *name);
/* A field by its name, or the end of its path with dots: "token", "owner.email". */
void redactor_add_field(struct redactor *r, const char *path);
/* A key with a token of the caller's. */
void redactor_add_key(struct redactor *r, const char *key, const char *token);
/* For a report to who sent it, all of a request but its credentials: it is no secret
 * there. From the first one on other secrets have no numbers: "[payload not ours]". */
void redactor_add_sent(struct redactor *r, const struct http_request *request);
void redactor_add_own(struct redactor *r, const char *text, size_t len);
/* Tokens get marks, and secrets that a recording has by its marks (redactor_continue)
 * keep their tokens. Before anything else. */
void redactor_identify(struct redactor *r, const struct identity_key *key);
/* The marks of tokens that were given since the last time. */
void redactor_take_marks(struct redactor *r,
                         void (*take)(void *context, const char *token,
                                      const char *mark),
                         void *context);
/* Number on behind the tokens that a recording holds already. */
void redactor_continue(struct redactor *r, const struct recording *recording);
/* What reads as a token is one: for what has been redacted before. Without it a client
 * that sends the text "payload:1" as its payload has it replaced like any other. */
void redactor_keep_tokens(struct redactor *r);

/* Replace in place; true if anything was. A body that is compressed without a word in
 * its head is deflated anew. Twelve characters of a secret in a row are one, but for what
 * the request says under a name of the API. */
bool redactor_request(struct redactor *r, struct http_request *request);
bool redactor_response(struct redactor *r, struct http_response *response);
bool redactor_headers(struct redactor *r, struct http_headers *headers);
/* What the head of a recording says: the URL of its upstream. */
bool redactor_head(struct redactor *r, struct recording *recording);
/* All of a recording that was redacted as it came, with what is known by now. */
void redactor_again(struct redactor *r, struct recording *recording);
/* Free text, in which nothing has a name: an error message of a library. New text. */
char *redactor_text(struct redactor *r, const char *text);
char *redactor_bytes(struct redactor *r, const char *text, size_t len, size_t *out_len);
/* A body alone. New text. */
char *redactor_body(struct redactor *r, const char *type, const char *text, size_t len,
                    size_t *out_len);

struct redactor_counts { /* what was replaced so far */
    size_t secrets, parts;
};

struct redactor_counts redactor_counts(const struct redactor *r);
/* Does it know secrets that nobody has named to it? */
bool redactor_has_learned(const struct redactor *r);

#endif
