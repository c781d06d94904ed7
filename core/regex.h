/*
 * regex.h - how the regular expressions of specs are compiled: PCRE2, UTF, anchored at both
 * ends.
 *
 * Errors     NULL with PCRE2's error number and the offset in the pattern.
 * Ownership  the code is for pcre2_code_free().
 * Threads    pure.
 */
#ifndef ASSAY_CORE_REGEX_H
#define ASSAY_CORE_REGEX_H

#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <pcre2.h>

pcre2_code *regex_compile(const char *pattern, size_t len, int *error, size_t *offset);

#endif
