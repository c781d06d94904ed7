/*
 * redaction.h - secrets of an exchange become tokens, before anything is written down.
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
 * Ownership  a redaction copies what it learns.
 * Threads    one at a time.
 */
#ifndef ASSAY_REDACTION_H
#define ASSAY_REDACTION_H

#include "core/profile.h"
#include "core/recording/recording.h"

struct redaction;

struct redaction *redaction_new(void);
void redaction_free(struct redaction *r);
/* The keys of a profile are known by their roles. */
void redaction_add_profile(struct redaction *r, const struct profile *p);
void redaction_add_header(struct redaction *r, const char *name);
/* A field by its name, or the end of its path with dots: "token", "owner.email". */
void redaction_add_field(struct redaction *r, const char *path);
/* The fields that are secret by their name alone .. */
struct field_set;
void redaction_add_fields(struct field_set *s);
/* .. is this the key of one of them, in a form or a query? */
bool redaction_hides(const char *key);
/* Number on behind the tokens that a recording holds already. */
void redaction_continue(struct redaction *r, const struct recording *recording);
/* What reads as a token is one: for what has been redacted before. Without it a client
 * that sends the text "payload:1" as its payload has it replaced like any other. */
void redaction_keep_tokens(struct redaction *r);

/* Replace in place; true if anything was. Bodies must not be compressed. */
bool redaction_request(struct redaction *r, struct http_request *request);
bool redaction_response(struct redaction *r, struct http_response *response);
/* Of an answer that is an error or not whole: beginnings of secrets as well, but for
 * what its request, redacted already, says openly. */
void redaction_parts(struct redaction *r, const struct http_request *request,
                     struct http_response *response);
bool redaction_headers(struct redaction *r, struct http_headers *headers);
/* All of a recording that was redacted as it came, with what is known by now. */
void redaction_again(struct redaction *r, struct recording *recording);
/* Free text: an error message of a library. New text for free(). */
char *redaction_text(struct redaction *r, const char *text);

/* Tokens of two recordings that stand for different values become different ones,
 * before the second goes behind the first. Those named by a role stay. */
void redaction_renumber(struct recording *second, const struct recording *first);

/* The token that a redacted text is, e.g. "payload:1" or "key:2 (test)": its length at
 * the beginning of `text`, or 0. */
size_t redaction_token(const char *text, size_t len);

/* Behind the token of what was a number in JSON, in the string that stands there now.
 */
#define REDACTION_NUMBER " (number)"

/* Is it the token of a number? */
bool redaction_token_number(const char *text);
/* The token alone; free(). */
char *redaction_token_bare(const char *text);

#endif
