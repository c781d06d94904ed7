/* Bytes come in, one piece after the other. One run of bytes goes out, never longer
 * than its ceiling. */
#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

char buf_empty[1] = "";

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf)BUF_INIT(max);
}

/* Room for `more` bytes and the terminator. */
static bool make_room(struct buf *b, size_t more) {
    size_t want, cap;

    if (b->failed)
        return false;
    if (more > b->max || b->len > b->max - more) {
        b->failed = true;
        return false;
    }
    want = b->len + more + 1;
    if (want <= b->cap)
        return true;
    cap = b->cap ? b->cap : 64;
    while (cap < want)
        cap *= 2;
    b->ptr = mem_realloc(b->cap ? b->ptr : NULL, cap);
    b->cap = cap;
    return true;
}

bool buf_add_slowly(struct buf *b, const void *bytes, size_t len) {
    if (!make_room(b, len))
        return false;
    if (len)
        memcpy(b->ptr + b->len, bytes, len);
    b->len += len;
    b->ptr[b->len] = '\0';
    return true;
}

bool buf_vaddf(struct buf *b, const char *fmt, va_list args) {
    size_t room = b->failed || !b->cap ? 0 : b->cap - b->len;
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(room ? b->ptr + b->len : NULL, room, fmt, again);
    va_end(again);
    if (n < 0 || !make_room(b, (size_t)n)) {
        b->failed = true;
        if (room)
            b->ptr[b->len] = '\0';
        return false;
    }
    if ((size_t)n >= room)
        vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, args);
    b->len += (size_t)n;
    return true;
}

bool buf_addf(struct buf *b, const char *fmt, ...) {
    va_list args;
    bool ok;

    va_start(args, fmt);
    ok = buf_vaddf(b, fmt, args);
    va_end(args);
    return ok;
}

void buf_cut(struct buf *b, size_t len) {
    if (len < b->len) {
        b->len = len;
        b->ptr[len] = '\0';
    }
}

char *buf_take(struct buf *b, size_t *len) {
    char *taken = b->cap ? b->ptr : mem_strndup("", 0);
    size_t max = b->max;

    if (len)
        *len = b->len;
    buf_init(b, max);
    return taken;
}

void buf_release(struct buf *b) {
    size_t max = b->max;

    if (b->cap)
        free(b->ptr);
    buf_init(b, max);
}
