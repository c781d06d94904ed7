/*
 * text_view.h - a text as it is searched: decoded, folded, each byte with its place.
 *
 * Decoded are percent-encoding, the escapes of JSON, of programming languages and of
 * HTML, one in the other and several times over, until nothing is left to decode: a
 * text and what it becomes in a form in JSON in a string have the same view. Folded are
 * ASCII case, '+' and blank, the letters of Latin with their marks (so NFC and NFD are
 * one), and runs of backslashes; NUL bytes fall out.
 *
 * Units      `from` are offsets in the text; a text is under 4 GiB.
 * Ownership  a view is released; the text must live as long as it.
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_TEXT_VIEW_H
#define ASSAY_RECORDING_REDACT_TEXT_VIEW_H

#include "core/base.h"

enum { TEXT_VIEW_SPARE = 16 }; /* zeroed bytes behind `folded`, for reading ahead */

struct text_view {
    const char *shown; /* the bytes before folding; may be the text itself */
    char *folded;      /* as many */
    uint32_t *from;    /* count + 1 places in the text; NULL = byte i stands at i */
    size_t count;
    char *owned;
    const char *text;
};

/* Folded, not decoded. */
void text_view_plain(struct text_view *v, const char *text, size_t len);
/* Would decoding change anything? */
bool text_view_is_encoded(const char *text, size_t len);
void text_view_decoded(struct text_view *v, const char *text, size_t len);
void text_view_release(struct text_view *v);

/* Where byte `i` begins in the text, and where what ends before byte `i` ends. */
size_t text_view_begin(const struct text_view *v, size_t i);
/* The same with the backslashes before it that fell out. */
size_t text_view_before(const struct text_view *v, size_t i);
size_t text_view_end(const struct text_view *v, size_t i);

#endif
