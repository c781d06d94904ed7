/*
 * check.h - a test that says what it saw and goes on.
 *
 *     int main(void) {
 *         CHECK(1 + 1 == 2);
 *         CHECK_STR("greeting", greet(), "hello");
 *         return check_result();
 *     }
 *
 * Threads    one.
 */
#ifndef ASSAY_TESTS_UNIT_CHECK_H
#define ASSAY_TESTS_UNIT_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base.h"

static size_t checks_done, checks_failed;

/* Exit code of a test that cannot run here; ctest shows it as skipped. */
enum { CHECK_SKIPPED = 77 };

static inline bool check_that(bool ok, const char *file, int line, const char *what) {
    checks_done++;
    if (!ok) {
        checks_failed++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return ok;
}

static inline bool check_str(const char *file, int line, const char *what,
                             const char *got, const char *want) {
    bool same = got && want ? strcmp(got, want) == 0 : got == want;

    if (!check_that(same, file, line, what))
        fprintf(stderr, "  got:  %s\n  want: %s\n", got ? got : "(null)",
                want ? want : "(null)");
    return same;
}

static inline bool check_mem(const char *file, int line, const char *what,
                             const void *got, size_t got_len, const void *want,
                             size_t want_len) {
    const unsigned char *g = got, *w = want;
    bool same = got_len == want_len && (!got_len || memcmp(got, want, got_len) == 0);

    if (check_that(same, file, line, what))
        return true;
    fprintf(stderr, "  got  (%zu):", got_len);
    for (size_t i = 0; i < got_len && i < 64; i++)
        fprintf(stderr, " %02x", g[i]);
    fprintf(stderr, "\n  want (%zu):", want_len);
    for (size_t i = 0; i < want_len && i < 64; i++)
        fprintf(stderr, " %02x", w[i]);
    fputc('\n', stderr);
    return false;
}

static inline bool check_int(const char *file, int line, const char *what, int64_t got,
                             int64_t want) {
    if (!check_that(got == want, file, line, what))
        fprintf(stderr, "  got:  %" PRId64 "\n  want: %" PRId64 "\n", got, want);
    return got == want;
}

#define CHECK(cond) check_that((cond), __FILE__, __LINE__, #cond)
#define CHECK_STR(what, got, want) check_str(__FILE__, __LINE__, (what), (got), (want))
#define CHECK_INT(what, got, want) check_int(__FILE__, __LINE__, (what), (got), (want))
#define CHECK_MEM(what, got, got_len, want, want_len)                                  \
    check_mem(__FILE__, __LINE__, (what), (got), (got_len), (want), (want_len))

static inline int check_result(void) {
    if (checks_failed || !checks_done)
        fprintf(stderr, "%zu of %zu checks failed\n", checks_failed, checks_done);
    return checks_failed || !checks_done;
}

#endif
