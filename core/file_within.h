/*
 * file_within.h - files that the program has within itself. They are read as others are, by
 * file.h; their paths begin with FILE_WITHIN.
 *
 * Errors     NULL with `err`.
 * Ownership  the table is borrowed; what is read is for free(), as in file.h.
 * Threads    file_hold() once, before there are any.
 */
#ifndef ASSAY_CORE_FILE_WITHIN_H
#define ASSAY_CORE_FILE_WITHIN_H

#include "core/err.h"

#define FILE_WITHIN "(built-in)"

struct file_within {
    const char *path; /* below FILE_WITHIN "/"; NULL = the end of the table */
    const char *bytes;
    size_t len;
};

void file_hold(const struct file_within *files);
bool file_is_within(const char *path);
bool file_within_exists(const char *path);
char *file_within_slurp(const char *path, size_t max, size_t *len, struct err *err);
char **file_within_list(const char *dir, const char *suffix, size_t *count);

#endif
