/*
 * encoded_runs.h - what stands in a text in base64, in hex or as a list of byte values.
 *
 * Private to secret_set. Base64 is read at each of its four alignments, so that it
 * does not matter what stands before it; line ends within it are skipped. What begins
 * as gzip or zlib does is inflated.
 *
 * Ownership  what the callback gets is lent for the call.
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_ENCODED_RUNS_H
#define ASSAY_RECORDING_REDACT_ENCODED_RUNS_H

#include "core/buf.h"
#include "recording/redact/text_view.h"

struct run_piece { /* from `at` on, the bytes are of the view's [from, to) */
    size_t at, from, to;
};

struct encoded_run {
    const char *bytes;
    size_t len;
    bool text;    /* nothing but text: it may be encoded itself */
    bool numbers; /* a list of byte values */
    const struct text_view *view;
    const struct run_piece *pieces; /* base64: where a piece goes, goes all of it */
    size_t piece_count;
    const uint32_t *begin, *end; /* of the others: where each byte stands in the view */
};

typedef void encoded_run_use(void *context, const struct encoded_run *run);

/* The bytes of all runs together, with bytes between them that no text has; those that
 * are text, or compressed, also one by one, as long as *budget has as many bytes. */
void encoded_runs_each(const struct text_view *v, size_t *budget, encoded_run_use *use,
                       void *context);

/* Those of base64, of `min` characters and more, that are text or compressed. */
void encoded_runs_text(const struct text_view *v, size_t min, size_t *budget,
                       encoded_run_use *use, void *context);

/* Where in the view's text the bytes [i, ..) begin, and where [.., i) end. */
size_t encoded_run_begin(const struct encoded_run *run, size_t i);
size_t encoded_run_end(const struct encoded_run *run, size_t i);

#endif
