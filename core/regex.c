/* A pattern comes in. Compiled code goes out. */
#include "core/regex.h"
#include "core/mem.h"

pcre2_code *regex_compile(const char *pattern, size_t len, int *error, size_t *offset) {
    PCRE2_SIZE at = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, len,
                                     PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF |
                                         PCRE2_DOLLAR_ENDONLY,
                                     error, &at, NULL);

    if (*error == PCRE2_ERROR_HEAP_FAILED || *error == PCRE2_ERROR_NOMEMORY)
        mem_exhausted();
    *offset = at;
    return code;
}
