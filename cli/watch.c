/* Paths come in. The first of them in which something changes goes out, or that somebody
 * asked by SIGHUP, or to stop. */
#include "cli/watch.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/stop.h"
#include "core/mem.h"

enum { LOOK_EVERY_MS = 100, DEEPEST = 8 };

struct watched {
    char *path;
    uint64_t seen; /* what it looked like */
};

struct watch {
    struct watched *items;
    size_t count;
};

struct watch *watch_new(void) {
    return mem_new(1, sizeof(struct watch));
}

void watch_free(struct watch *w) {
    for (size_t i = 0; w && i < w->count; i++)
        free(w->items[i].path);
    if (w)
        free(w->items);
    free(w);
}

void watch_add(struct watch *w, const char *path) {
    w->items = mem_grow(w->items, w->count + 1, sizeof(*w->items));
    w->items[w->count++] = (struct watched){.path = mem_strdup(path)};
}

size_t watch_count(const struct watch *w) {
    return w->count;
}

static uint64_t mix(uint64_t h, uint64_t value) {
    h = (h ^ value) * 0x9E3779B97F4A7C15U;
    return h ^ h >> 29;
}

/* A number that is another after any change; the order of a folder is no matter. */
static uint64_t look(const char *path, int depth) {
    struct stat st;
    uint64_t h, sum = 0;
    struct dirent *e;
    DIR *dir;

    if (stat(path, &st) != 0)
        return 0;
    h = mix(mix(mix(1, (uint64_t)st.st_ino), (uint64_t)st.st_size),
            mix((uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec));
    if (!S_ISDIR(st.st_mode) || depth >= DEEPEST || !(dir = opendir(path)))
        return h;
    while ((e = readdir(dir))) {
        char *below;

        if (e->d_name[0] == '.')
            continue;
        below = mem_printf("%s/%s", path, e->d_name);
        sum += look(below, depth + 1);
        free(below);
    }
    closedir(dir);
    return mix(h, sum);
}

void watch_note(struct watch *w) {
    for (size_t i = 0; i < w->count; i++)
        w->items[i].seen = look(w->items[i].path, 0);
}

/* A signal ends the pause. */
static void pause_briefly(void) {
    struct timespec t = {.tv_nsec = LOOK_EVERY_MS * 1000000L};

    nanosleep(&t, NULL);
}

/* What is being written is left to come to rest; what is gone, to come again. */
static void await_rest(const char *path, uint64_t now) {
    for (uint64_t before = 0; !stop_requested && (now == 0 || now != before);) {
        before = now;
        pause_briefly();
        now = look(path, 0);
    }
}

const char *watch_wait(struct watch *w) {
    while (!stop_requested) {
        if (again_requested) {
            again_requested = 0;
            return "SIGHUP";
        }
        for (size_t i = 0; i < w->count; i++) {
            uint64_t now = look(w->items[i].path, 0);

            if (now == w->items[i].seen)
                continue;
            await_rest(w->items[i].path, now);
            return stop_requested ? NULL : w->items[i].path;
        }
        pause_briefly();
    }
    return NULL;
}
