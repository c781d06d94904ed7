/*
 * rewrite.h - a JSON text with some values replaced; every other byte stays.
 *
 * Errors     a text that is no JSON goes to `text` whole, with `object` and `key` NULL.
 */
#ifndef ASSAY_REWRITE_H
#define ASSAY_REWRITE_H

#include <jansson.h>

#include "core/buf.h"

struct rewriting {
    void *context;
    /* A string and the member that it is, in which object. Array items have the key of
     * their array. New text, or NULL to leave it. */
    char *(*text)(void *context, const json_t *object, const char *key,
                  const char *value);
    /* The same for an integer; false leaves it. */
    bool (*number)(void *context, const json_t *object, const char *key, int64_t value,
                   int64_t *out);
};

void rewrite_json(const struct rewriting *w, const char *text, size_t len,
                  struct buf *out);

#endif
