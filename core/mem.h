/*
 * mem.h - allocation that does not fail.
 *
 * Errors     these abort when the system has no memory: what they are used for is small
 *            and of our own making. Whatever grows from outside input goes through
 *            buf.h or has a count limit, and fails with an error instead.
 * Ownership  free() what they return.
 */
#ifndef ASSAY_CORE_MEM_H
#define ASSAY_CORE_MEM_H

#include <stddef.h>

void *mem_new(size_t count, size_t size);             /* zeroed; checks count * size */
void *mem_grow(void *old, size_t count, size_t size); /* realloc; new part not zeroed */
char *mem_strdup(const char *text);                   /* NULL stays NULL */
char *mem_strndup(const char *text, size_t len);      /* copies len bytes, also NUL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
