/*
 * inflate.h - bodies with a Content-Encoding, decoded.
 *
 * Errors     false: an encoding other than gzip, x-gzip and deflate, damaged bytes, or
 *            more than `out` may hold.
 */
#ifndef ASSAY_CORE_INFLATE_H
#define ASSAY_CORE_INFLATE_H

#include "core/buf.h"

bool inflate_body(const char *encoding, const char *bytes, size_t len, struct buf *out);
/* What a body of `len` bytes may become, at most `max`: 64 times as much and a megabyte.
 * That is room for a full list of like letters; 16 KB that become 16 MB are a bomb. */
size_t inflate_room(size_t len, size_t max);
/* Do bytes begin as gzip or zlib do? */
bool inflate_is_compressed(const char *bytes, size_t len);
/* As gzip; equal bytes give equal ones. */
bool deflate_gzip(const char *bytes, size_t len, struct buf *out);

#endif
