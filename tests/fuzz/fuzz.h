/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is one file fuzz_NAME.c with LLVMFuzzerTestOneInput(); it aborts when
 * something that must hold does not. With ASSAY_FUZZ it is linked with libFuzzer, else
 * with replay.c, which feeds it the seeds of corpus/NAME and small changes of them.
 */
#ifndef ASSAY_TESTS_FUZZ_FUZZ_H
#define ASSAY_TESTS_FUZZ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "core/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold; a sanitizer or the shell then tells where it did not. */
#define HOLDS(cond)                                                                    \
    do {                                                                               \
        if (!(cond))                                                                   \
            abort();                                                                   \
    } while (0)

/* Take the bytes up to the next `mark` off the front; all of them if there is none. */
static inline const char *fuzz_part(const uint8_t **data, size_t *size, char mark,
                                    size_t *len) {
    const uint8_t *start = *data, *end = *size ? memchr(start, mark, *size) : NULL;

    *len = end ? (size_t)(end - start) : *size;
    *data = end ? end + 1 : start + *size;
    *size -= *len + (end ? 1 : 0);
    return (const char *)start;
}

#endif
