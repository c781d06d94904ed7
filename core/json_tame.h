/*
 * json_tame.h - JSON that is legal and that our reader cannot hold.
 *
 * RFC 8259 sets no bound to a number, to nesting or to what \u names; jansson does. So
 * that one attribute that nobody asks for does not make an answer unreadable, what
 * cannot be held is read as text: a number beyond 64 bits, or beyond a double, as its
 * digits; what is nested too deep as the JSON that stands there; half of a surrogate
 * pair as U+FFFD. All else is copied byte for byte, broken JSON too.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_JSON_TAME_H
#define ASSAY_JSON_TAME_H

#include "core/buf.h"

/* False if nothing had to be changed, or `out` is full; `out` is then no use. At most
 * `max_depth` brackets are open in `out`. */
bool json_tame(struct buf *out, const char *text, size_t len, unsigned max_depth);
/* The end of the array or object that begins at its bracket; `end` if it has none. */
const char *json_container_end(const char *at, const char *end);

#endif
