/*
 * json_splice.h - a JSON text with some values replaced; every other byte stays.
 *
 * A plan knows where the strings and integers of a text stand, so that the text is read
 * once however often it is rewritten.
 *
 * Errors     a text that is no JSON goes to `text` whole, with `object` and `key` NULL.
 * Ownership  a plan borrows the text. json_splice_free(NULL) is fine.
 * Threads    a plan is read-only once made.
 */
#ifndef ASSAY_REPLAY_TEXT_JSON_SPLICE_H
#define ASSAY_REPLAY_TEXT_JSON_SPLICE_H

#include <jansson.h>

#include "core/buf.h"

struct json_splice_values {
    void *context;
    /* A string and the member that it is, of which object: the innermost one with an id
     * if there is any. Array items have the key of their array. New text, or NULL to
     * leave it. */
    char *(*text)(void *context, const json_t *object, const char *key,
                  const char *value);
    /* The same for an integer; false leaves it. */
    bool (*number)(void *context, const json_t *object, const char *key, int64_t value,
                   int64_t *out);
    /* Does a string stand for a number? What replaces it is then written as one, if it
     * can be. */
    bool (*is_number)(const char *value);
};

struct json_splice;

/* `wanted` says which members may be replaced: the others are never asked for again. */
struct json_splice *json_splice_new(const char *text, size_t len,
                                    bool (*wanted)(const char *key,
                                                   const json_t *value));
void json_splice_run(const struct json_splice *plan, const struct json_splice_values *w,
                     struct buf *out);
const json_t *
json_splice_root(const struct json_splice *plan); /* the text; NULL = no JSON */
void json_splice_free(struct json_splice *plan);

#endif
