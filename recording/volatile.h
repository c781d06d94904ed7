/*
 * volatile.h - what differs when the same session is recorded again.
 *
 * In the file such text is a placeholder, {{date}}, and its value stands at the end of
 * the exchange. Volatile are: the values of some headers (Date, Request-Id, Host,
 * Idempotency-Key, ..), `created` and `expires_at` where they are times, ids that an
 * answer gave (`id.3` is one and the same id all over the file), the boundary of a
 * multipart body, and `request_log_url`. A text "{{" of the traffic itself is written
 * {{brace}}, a "{" right before a placeholder {{open}}.
 *
 * Ownership  zeroed structs are empty; the _release functions empty them.
 */
#ifndef ASSAY_RECORDING_VOLATILE_H
#define ASSAY_RECORDING_VOLATILE_H

#include <jansson.h>

#include "core/buf.h"

struct volatile_ids { /* of one file */
    json_t *names;    /* id -> "id.N" */
};

struct volatile_values { /* of one exchange, in order of appearance */
    struct volatile_value {
        char *name, *text;
    } * items;
    size_t count;
};

/* Learn the ids in the body of an answer. */
void volatile_learn(struct volatile_ids *ids, const char *body, size_t len);
/* Bytes with placeholders for what is volatile, which goes to `values`. */
void volatile_text(const struct volatile_ids *ids, struct volatile_values *values,
                   const char *text, size_t len, struct buf *out);
void volatile_header(const struct volatile_ids *ids, struct volatile_values *values,
                     const char *name, const char *value, struct buf *out);
/* Bytes in which nothing is volatile: only "{{" is written out. */
void volatile_braces(const char *text, size_t len, struct buf *out);
/* The other way. False names the unknown placeholder in unknown[64]. */
bool volatile_fill(const struct volatile_values *values, const char *text, size_t len,
                   struct buf *out, char unknown[64]);

void volatile_values_add(struct volatile_values *v, const char *name, const char *text,
                         size_t len);
void volatile_values_release(struct volatile_values *v);
void volatile_ids_release(struct volatile_ids *ids);

#endif
