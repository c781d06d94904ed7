/*
 * err.h - what went wrong, and where: one error, and a list of them for readers that
 * tell all errors of a file at once.
 *
 * Errors     recording an error cannot fail: texts are cut to their field.
 * Ownership  `struct err` is a plain value. diags_release() empties a list; a zeroed
 *            list is empty and ready.
 * Threads    none shared.
 */
#ifndef ASSAY_CORE_ERR_H
#define ASSAY_CORE_ERR_H

#include <stdarg.h>

#include "core/base.h"

enum err_code { ERR_NONE, ERR_MEMORY, ERR_OS, ERR_SYNTAX, ERR_LIMIT, ERR_PEER };

struct err {
    enum err_code code;
    int line, column; /* from 1; 0 = not tied to a place */
    char source[128]; /* path or "<stdin>"; a long path keeps its tail */
    char text[512];   /* one line, no newline, no "error:" prefix */
};

/* Record the first failure; later ones are ignored. `e` may be NULL. Always false. */
bool err_at(struct err *e, enum err_code code, int line, int column, const char *fmt,
            ...) PRINTF_LIKE(5, 6);
/* Name the file of an error that has none yet. `e` may be NULL. Always false. */
bool err_in(struct err *e, const char *source);

/* "source:line:column: text", without the parts that are not known; always terminated.
 * Bytes that a terminal would obey come out escaped. Returns `out`. */
char *err_format(const struct err *e, char *out, size_t size);

enum { DIAGS_MAX = 20 }; /* errors told for one load; the rest is only counted */

struct diags {
    struct err *items;
    size_t count;   /* stored, at most DIAGS_MAX */
    size_t dropped; /* not stored */
};

/* Add one error. `d` may be NULL. Always false. */
bool diags_add(struct diags *d, const char *source, int line, int column,
               const char *fmt, ...) PRINTF_LIKE(5, 6);
bool diags_add_err(struct diags *d, const struct err *e);
void diags_release(struct diags *d);

#endif
