/* In: the table of files that the program was built with, and a path below FILE_WITHIN. Out:
 * what such a file holds, and which there are. */
#include "core/file_within.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

static const struct file_within *held;

void file_hold(const struct file_within *files) {
    held = files;
}

/* What stands behind "(built-in)/"; NULL = it is another path. */
static const char *within(const char *path) {
    size_t len = strlen(FILE_WITHIN);

    return strncmp(path, FILE_WITHIN, len) == 0 && path[len] == '/' ? path + len + 1
                                                                    : NULL;
}

static const struct file_within *find_held(const char *path) {
    const char *name = within(path);

    for (const struct file_within *f = held; name && f && f->path; f++)
        if (strcmp(f->path, name) == 0)
            return f;
    return NULL;
}

char *file_within_slurp(const char *path, size_t max, size_t *len, struct err *err) {
    const struct file_within *f = find_held(path);

    if (!f || f->len > max) {
        err_at(err, f ? ERR_LIMIT : ERR_OS, 0, 0, "cannot open: %s",
               f ? "too large" : "it is not within the program");
        err_in(err, path);
        return NULL;
    }
    if (len)
        *len = f->len;
    return mem_strndup(f->bytes, f->len);
}

char **file_within_list(const char *dir, const char *suffix, size_t *count) {
    const char *name = within(dir);
    size_t len = strlen(name);
    char **paths = mem_new(1, sizeof(*paths));

    *count = 0;
    for (const struct file_within *f = held; f && f->path; f++)
        if (strncmp(f->path, name, len) == 0 && f->path[len] == '/' &&
            !strchr(f->path + len + 1, '/') && str_ends(f->path, suffix)) {
            paths = mem_grow(paths, *count + 1, sizeof(*paths));
            paths[(*count)++] = mem_printf("%s/%s", dir, f->path + len + 1);
        }
    return paths;
}

bool file_is_within(const char *path) {
    return within(path) != NULL;
}

bool file_within_exists(const char *path) {
    return find_held(path) != NULL;
}
