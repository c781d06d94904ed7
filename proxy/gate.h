/*
 * gate.h - `replay --fail-on`: what must not happen while tests run, and the list of what
 * did.
 *
 * Requests are gathered by what they ask and by their test (Assay-Label): the same one
 * ten times is one line. Bounded: what is over 200 lines of a kind is only counted.
 *
 * Ownership  the gate borrows the recording and the files.
 * Threads    one.
 */
#ifndef ASSAY_PROXY_GATE_H
#define ASSAY_PROXY_GATE_H

#include <jansson.h>

#include "core/buf.h"
#include "recording/recording.h"

enum gate_rules {
    GATE_MODELLED = 1 << 0, /* an answer was the model's */
    GATE_MISSED = 1 << 1,   /* a request was not recorded */
    GATE_UNUSED = 1 << 2,   /* an exchange was never asked for */
};

/* Which file an exchange came from: its last number there. */
struct gate_file {
    const char *path;
    uint64_t last;
};

struct gate_options {
    unsigned rules;
    const struct recording *recording;
    const struct gate_file *files;
    size_t file_count;
};

struct gate;

struct gate *gate_new(const struct gate_options *options);
/* A request was answered by the model, or missed; `nearest` is that of the answer to a
 * miss, or NULL. */
void gate_add(struct gate *g, enum gate_rules rule, const struct http_request *q,
              const json_t *nearest);
/* The exchange was served. */
void gate_used(struct gate *g, uint64_t exchange);
/* True if nothing was against the rules; else what was, a line each. */
bool gate_passes(const struct gate *g, struct buf *out);
void gate_free(struct gate *g); /* NULL is fine */

#endif
