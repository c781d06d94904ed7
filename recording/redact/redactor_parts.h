/*
 * redactor_parts.h - what the files of redactor share. Private to recording.
 */
#ifndef ASSAY_RECORDING_REDACT_REDACTOR_PARTS_H
#define ASSAY_RECORDING_REDACT_REDACTOR_PARTS_H

#include <jansson.h>

#include "core/buf.h"
#include "recording/redact/fields.h"
#include "recording/redact/redactor.h"
#include "recording/redact/secret_set.h"

enum kind { KIND_KEY, KIND_CREDENTIAL, KIND_COOKIE, KIND_PAYLOAD, KIND_REDACTED };
enum { KIND_COUNT = KIND_REDACTED + 1 };

struct redactor {
    struct secret_set *texts;
    struct secret_set *outer;     /* those with fields of their own; NULL = none yet */
    json_t *tokens;               /* secret text -> token */
    struct identity_key identity; /* without a name: tokens get no marks */
    json_t *marked_tokens;        /* mark -> token, of earlier sessions too */
    json_t *new_marks;            /* token -> mark, not taken yet */
    unsigned counts[KIND_COUNT];
    char **keys; /* API keys, for their masked forms */
    size_t key_count;
    struct field_set fields; /* payload, credentials, --redact-field */
    struct field_set query;  /* the same, and `key` */
    char **headers;          /* --redact-header */
    size_t header_count;
    bool keep_tokens;
    char marked[64]; /* what field_token() lends */
};

/* A token that stands in a field already is marked, so that no secret is searched for
 * in it: "main" may be a payload, and key:main a token. */
extern const char redactor_mark[2];

/* The token of a secret; equal ones alike. Lent. An empty text has none: NULL. */
const char *redactor_token_of(struct redactor *r, enum kind kind, const char *text,
                              size_t len);
/* Copy a text with every known secret, and whatever looks like one, replaced. */
void redactor_add(struct redactor *r, const char *text, size_t len, struct buf *out);
/* Learn and mark the fields in the query of a target or a URL. */
void redactor_mark_target(struct redactor *r, const char *target, struct buf *out);
/* *text becomes `with`, which is released; did that change it? */
bool redactor_replace(char **text, struct buf *with);

/* credentials.c: first the secrets of all headers are learned. */
void redactor_learn_headers(struct redactor *r, struct http_headers *headers);
/* Then all values are read again, for those that were learned elsewhere. */
void redactor_sweep_headers(struct redactor *r, struct http_headers *headers);
/* Are these other values than those of `before`? Empties `before`. */
bool redactor_differ(const struct http_headers *headers, struct http_headers *before);

#endif
