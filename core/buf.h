/*
 * buf.h - a growing run of bytes with a ceiling.
 *
 * Invariants `ptr` is never NULL and ptr[len] is '\0', also when empty; bytes may hold
 *            NUL. After one failed add the buffer is `failed`: later adds do nothing
 *            and return false, so a writer may check once, at its end.
 * Units      sizes are bytes; `max` counts `len`, not the terminator.
 * Ownership  buf_take() hands the bytes to the caller (free()); buf_release() is safe
 *            on an empty, taken or released buffer.
 * Threads    none shared.
 */
#ifndef ASSAY_CORE_BUF_H
#define ASSAY_CORE_BUF_H

#include <stdarg.h>
#include <string.h>

#include "core/base.h"

struct buf {
    char *ptr;
    size_t len, cap, max;
    bool failed;
};

extern char buf_empty[1]; /* what `ptr` of an empty buffer points to */

#define BUF_INIT(ceiling)                                                              \
    { .ptr = buf_empty, .max = (ceiling) }
#define BUF_UNLIMITED (SIZE_MAX / 4) /* for what we make ourselves */

void buf_init(struct buf *b, size_t max);
bool buf_add_slowly(struct buf *b, const void *bytes, size_t len); /* buf_add()'s */
static inline bool buf_add(struct buf *b, const void *bytes, size_t len) {
    if (!len || !b->cap || b->failed || len >= b->cap - b->len || len > b->max - b->len)
        return buf_add_slowly(b, bytes, len);
    memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
    return true;
}
static inline bool buf_adds(struct buf *b, const char *text) {
    return buf_add(b, text, strlen(text));
}
static inline bool buf_addc(struct buf *b, char c) {
    return buf_add(b, &c, 1);
}
bool buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool buf_vaddf(struct buf *b, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
void buf_cut(struct buf *b, size_t len);    /* shorten to `len`; longer is ignored */
char *buf_take(struct buf *b, size_t *len); /* `len` may be NULL; never NULL */
void buf_release(struct buf *b);

#endif
