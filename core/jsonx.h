/*
 * jsonx.h - what we need beside jansson.
 *
 * Errors     NULL or false with `err` (line and column from 1).
 * Ownership  "new" returns a reference for json_decref(); "lends" does not.
 */
#ifndef ASSAY_CORE_JSONX_H
#define ASSAY_CORE_JSONX_H

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/http.h"

/* Any JSON value; at most `max_depth` open brackets; \u0000 allowed; new. */
json_t *jsonx_load(const char *text, size_t len, unsigned max_depth, struct err *err);
json_t *jsonx_load_file(const char *path, size_t max_bytes, struct err *err); /* new */

/* What another program wrote; what we cannot hold is text in it (json_tame.h); nested
 * 64 deep at most; new; NULL = it is no JSON. */
json_t *jsonx_told(const char *text, size_t len);
/* The same of the body of an answer. */
json_t *jsonx_body(const struct http_response *r);

/* RFC 6901. NULL if nothing is there; lends. */
json_t *jsonx_at(const json_t *root, const char *pointer);
/* Add one reference token to a pointer, with ~0 and ~1. */
bool jsonx_pointer_add(struct buf *pointer, const char *token);

/* Is it an object with no other members? `what` names it in the error. */
bool jsonx_only(const json_t *object, const char *const *words, size_t count,
                const char *what, struct err *err);

/* "string", "integer", "number", "boolean", "null", "array", "object", or "nothing"
 * (NULL). */
const char *jsonx_type(const json_t *value);
/* What json_dumps() writes with JSON_INDENT(indent), 0 = JSON_COMPACT, in a fifth of
 * its time: results are long, and no value here holds itself. */
bool jsonx_write(struct buf *out, const json_t *value, unsigned indent);
/* Compact text in the order of the value; NULL is "nothing". */
bool jsonx_add(struct buf *out, const json_t *value);
/* Text as a JSON string; bytes that are not UTF-8 become U+FFFD. */
bool jsonx_add_text(struct buf *out, const char *text, size_t len);
/* A string; bytes that are not UTF-8 become U+FFFD; new. */
json_t *jsonx_text(const char *text, size_t len);
/* Member as string or `fallback`; lends. */
const char *jsonx_string(const json_t *object, const char *key, const char *fallback);
int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback);

#endif
