/*
 * replay.c - feed a fuzz target the seeds of its corpus, without a fuzzer.
 *
 *     fuzz_NAME FOLDER...     each file as it is, cut at up to 256 places, and with a
 * few bytes changed 256 times; always the same changes
 */
#include <stdio.h>
#include <unistd.h>

#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "fuzz.h"

enum { VARIANTS = 256, SEED_MAX = 1 << 20, TIME_LIMIT_S = 120 };

/* A copy of exactly this size, so that a sanitizer sees a read behind its end. */
static void feed(const char *bytes, size_t len) {
    uint8_t *copy = mem_new(len ? len : 1, 1);

    if (len)
        memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void feed_cut(const char *bytes, size_t len) {
    size_t step = len / VARIANTS + 1;

    for (size_t cut = 0; cut < len; cut += step)
        feed(bytes, cut);
}

static void feed_changed(const char *bytes, size_t len) {
    static const char session[] = "\0\xff\x80%&=[]{}\"'\\:#-\n\t ~9";
    struct id_source random;
    char *copy;

    if (!len)
        return;
    id_seed(&random, len);
    copy = mem_new(len, 1);
    for (int i = 0; i < VARIANTS; i++) {
        memcpy(copy, bytes, len);
        for (uint64_t n = 1 + id_below(&random, 4); n > 0; n--)
            copy[id_below(&random, len)] = session[id_below(&random, sizeof(session))];
        feed(copy, len);
    }
    free(copy);
}

static bool replay(const char *folder) {
    struct err err = {0};
    size_t count = 0;
    char **paths = file_list(folder, "", &count, &err), line[1024];

    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        char *bytes = file_slurp(paths[i], SEED_MAX, &len, &err);

        if (bytes) {
            feed(bytes, len);
            feed_cut(bytes, len);
            feed_changed(bytes, len);
        }
        free(bytes);
        free(paths[i]);
    }
    free(paths);
    if (err.code != ERR_NONE)
        fprintf(stderr, "%s\n", err_format(&err, line, sizeof(line)));
    else
        printf("%s: %zu seeds\n", folder, count);
    return err.code == ERR_NONE && count > 0;
}

int main(int argc, char **argv) {
    bool ok = argc > 1;

    alarm(TIME_LIMIT_S);
    for (int i = 1; i < argc; i++)
        ok = replay(argv[i]) && ok;
    return ok ? 0 : 1;
}
