/* In: FAIL_AT=N in the environment of a program that is started with this before it
 * (LD_PRELOAD). Out: its N-th allocation comes to nothing. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static atomic_long left = -1; /* until then nothing is counted */
static char early[4096];      /* for dlsym() itself */
static size_t early_used;

/* Libraries allocate before the constructor below runs. */
static void find_real(void) {
    static int finding;

    if (finding)
        return;
    finding = 1;
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
}

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("FAIL_AT");

    atomic_store(&left, at ? strtol(at, NULL, 10) : -1);
}

static int fails(void) {
    if (atomic_load(&left) < 0 || atomic_fetch_sub(&left, 1) != 1)
        return 0;
    errno = ENOMEM;
    return 1;
}

static void *early_bytes(size_t size) {
    size_t at = (early_used + 15) & ~(size_t)15;

    early_used = at + size;
    return early_used <= sizeof(early) ? early + at : NULL;
}

void *malloc(size_t size) {
    if (!real_malloc)
        find_real();
    return !real_malloc ? early_bytes(size) : fails() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (!real_calloc)
        find_real();
    return !real_calloc ? early_bytes(count * size)
           : fails()    ? NULL
                        : real_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    if (!real_realloc)
        find_real();
    return !real_realloc ? early_bytes(size) : fails() ? NULL : real_realloc(old, size);
}
