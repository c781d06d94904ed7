/* A size comes in. Memory goes out, or the program ends with one line that says why. */
#include "core/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*on_exhausted)(void);

void mem_on_exhausted(void (*end)(void)) {
    on_exhausted = end;
}

void mem_exhausted(void) {
    if (on_exhausted)
        on_exhausted();
    abort();
}

static void *checked(void *p) {
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_malloc(size_t size) {
    return checked(malloc(size ? size : 1));
}

void *mem_calloc(size_t count, size_t size) {
    return mem_new(count, size);
}

void *mem_realloc(void *old, size_t size) {
    return checked(realloc(old, size ? size : 1));
}

void *mem_new(size_t count, size_t size) {
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        mem_exhausted();
    return checked(realloc(old, count && size ? count * size : 1));
}

char *mem_strdup(const char *text) {
    return text ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *text, size_t len) {
    char *copy = checked(malloc(len + 1));

    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *mem_printf(const char *fmt, ...) {
    va_list args;
    char *text = NULL;
    int n;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    return checked(n < 0 ? NULL : text);
}
