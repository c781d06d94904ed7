/*
 * check.h - checks for unit tests: each prints what differs and goes on.
 */
#ifndef ASSAY_CHECK_H
#define ASSAY_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failed, check_done;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        check_done++;                                                                       \
        if (!(condition)) {                                                                 \
            check_failed++;                                                                 \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                          \
        }                                                                                   \
    } while (0)

#define CHECK_STR(what, got, want)                                                          \
    do {                                                                                    \
        const char *got_ = (got), *want_ = (want);                                          \
        check_done++;                                                                       \
        if (!got_ || strcmp(got_, want_) != 0) {                                            \
            check_failed++;                                                                 \
            printf("%s:%d: %s: got \"%s\", want \"%s\"\n", __FILE__, __LINE__, (what),      \
                   got_ ? got_ : "(null)", want_);                                          \
        }                                                                                   \
    } while (0)

static int check_result(void) {
    printf("%d checks, %d failed\n", check_done, check_failed);
    return check_failed != 0;
}

#endif
