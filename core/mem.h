/*
 * mem.h - allocation that does not fail.
 *
 * Errors     when the system has no memory the program ends (mem_on_exhausted). Whatever
 *            grows from outside input goes through buf.h or has a count limit, and fails
 *            with an error before that.
 * Ownership  free() what they return.
 */
#ifndef ASSAY_CORE_MEM_H
#define ASSAY_CORE_MEM_H

#include <stddef.h>

/* What the program does then, before it ends: say so, and choose the exit code. Without it
 * the program aborts. */
void mem_on_exhausted(void (*end)(void));
/* There is no memory. Nothing of what was begun can be finished. */
_Noreturn void mem_exhausted(void);
/* For libraries that take functions of their own for it. */
void *mem_malloc(size_t size);
void *mem_calloc(size_t count, size_t size);
void *mem_realloc(void *old, size_t size);

void *mem_new(size_t count, size_t size);             /* zeroed; checks count * size */
void *mem_grow(void *old, size_t count, size_t size); /* realloc; new part not zeroed */
char *mem_strdup(const char *text);                   /* NULL stays NULL */
char *mem_strndup(const char *text, size_t len);      /* copies len bytes, also NUL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
