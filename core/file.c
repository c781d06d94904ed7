/* A path comes in. The bytes of the file go out; written files replace the old one
 * whole or not at all. */
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file_within.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"

enum { MAX_LINKS = 40 };
/* A pipe gives its bytes once, and a reader that first looks what a file is wants them
 * again: the last one is kept. */
static struct {
    char *path, *bytes;
    size_t len;
} piped;

static void keep_piped(const char *path, const char *bytes, size_t len) {
    free(piped.path);
    free(piped.bytes);
    piped.path = mem_strdup(path);
    piped.bytes = mem_strndup(bytes, len);
    piped.len = len;
}

static char *piped_again(const char *path, size_t max, size_t *len, struct err *err) {
    if (piped.len > max) {
        err_at(err, ERR_LIMIT, 0, 0, "larger than %zu bytes", max);
        err_in(err, path);
        return NULL;
    }
    if (len)
        *len = piped.len;
    return mem_strndup(piped.bytes, piped.len);
}

char *file_slurp(const char *path, size_t max, size_t *len, struct err *err) {
    struct buf text = BUF_INIT(max);
    bool from_stdin = strcmp(path, "-") == 0;
    char *result = NULL, chunk[16384];
    struct stat st = {0};
    size_t n;
    FILE *f;

    if (file_is_within(path))
        return file_within_slurp(path, max, len, err);
    if (piped.path && strcmp(path, piped.path) == 0)
        return piped_again(path, max, len, err);
    f = from_stdin ? stdin : fopen(path, "rb");
    if (!f) {
        err_at(err, ERR_OS, 0, 0, "cannot open: %s", strerror(errno));
        goto out;
    }
    if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        err_at(err, ERR_OS, 0, 0, "is a folder, not a file");
        goto out;
    }
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max) {
        err_at(err, ERR_LIMIT, 0, 0, "%jd bytes; the limit is %zu",
               (intmax_t)st.st_size, max);
        goto out;
    }
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
        if (!buf_add(&text, chunk, n)) {
            err_at(err, ERR_LIMIT, 0, 0, "larger than %zu bytes", max);
            goto out;
        }
    }
    if (ferror(f)) {
        err_at(err, ERR_OS, 0, 0, "cannot read: %s", strerror(errno));
        goto out;
    }
    if (from_stdin || !S_ISREG(st.st_mode))
        keep_piped(path, text.ptr, text.len);
    result = buf_take(&text, len);
out:
    if (f && !from_stdin)
        fclose(f);
    buf_release(&text);
    err_in(err, from_stdin ? "<stdin>" : path);
    return result;
}

static bool write_all(int fd, const char *bytes, size_t len) {
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* What is to be written: bytes, or pieces of them. */
struct file_source {
    const char *bytes;
    size_t len;
    bool (*next)(struct buf *piece, void *context); /* or NULL */
    void *context;
};

static bool write_source(int fd, const struct file_source *from) {
    struct buf piece = BUF_INIT(BUF_UNLIMITED);
    bool more = from->next != NULL, ok = write_all(fd, from->bytes, from->len);

    while (ok && more) {
        buf_cut(&piece, 0);
        more = from->next(&piece, from->context);
        ok = !piece.failed && write_all(fd, piece.ptr, piece.len);
    }
    buf_release(&piece);
    return ok;
}

char *file_folder(const char *path) {
    char *copy = mem_strdup(path), *folder = mem_strdup(dirname(copy));

    free(copy);
    return folder;
}

void file_sync_folder(const char *path) {
    char *copy = mem_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        /* not every file system can: then its renames are as safe as it is */
        fsync(fd);
        close(fd);
    }
    free(copy);
}

bool file_is_stdout(const char *path) {
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

/* A device or pipe. The standard streams are written through our own descriptor, so
 * that the place in a redirected file is kept. */
static bool write_through(const char *path, const struct file_source *from,
                          struct err *err) {
    int fd = file_is_stdout(path)               ? dup(STDOUT_FILENO)
             : strcmp(path, "/dev/stderr") == 0 ? dup(STDERR_FILENO)
                                                : open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write_source(fd, from);

    if (!ok)
        err_at(err, ERR_OS, 0, 0, "cannot write: %s", strerror(errno));
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = err_at(err, ERR_OS, 0, 0, "cannot write: %s", strerror(errno));
    return ok;
}

/* The temporary file that is being written; a signal may end us meanwhile. */
static char unfinished[4096];
static volatile sig_atomic_t has_unfinished;

void file_drop_unfinished(void) {
    if (has_unfinished)
        unlink(unfinished);
}

static void note_unfinished(const char *path) {
    size_t len = path ? strlen(path) + 1 : 0;

    has_unfinished = 0;
    if (!path || len > sizeof(unfinished))
        return;
    memcpy(unfinished, path, len);
    has_unfinished = 1;
}

/* A new file beside `path`; mkstemp() is not used because it ignores the umask. */
static int open_temporary(const char *path, unsigned mode, char **name) {
    int fd = -1;

    *name = NULL;
    for (int tries = 0; fd < 0 && tries < 16; tries++) {
        free(*name);
        *name = mem_printf("%s.%013jx.tmp", path, (uintmax_t)id_seed_random());
        note_unfinished(*name);
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return fd;
}

/* What is there already keeps its mode. */
static bool write_beside(const char *path, const struct file_source *from,
                         unsigned mode, struct err *err) {
    struct stat st;
    bool there = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    char *temporary;
    int fd = open_temporary(path, there ? 0600 : mode, &temporary);
    bool ok = fd >= 0 && write_source(fd, from) &&
              (!there || fchmod(fd, st.st_mode & 0777) == 0) && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0 && close(fd) != 0 && ok) {
        why = errno;
        ok = false;
    }
    if (ok && rename(temporary, path) != 0) {
        why = errno;
        ok = false;
    }
    if (ok)
        file_sync_folder(path);
    else
        err_at(err, ERR_OS, 0, 0, "cannot write: %s", strerror(why));
    if (!ok && fd >= 0)
        unlink(temporary);
    note_unfinished(NULL);
    free(temporary);
    return ok;
}

char *file_follow(const char *path) {
    char *at = mem_strdup(path), target[PATH_MAX];

    for (int links = 0; links < MAX_LINKS; links++) {
        ssize_t n = readlink(at, target, sizeof(target) - 1);
        const char *slash = strrchr(at, '/');
        char *next;

        if (n <= 0)
            break;
        target[n] = '\0';
        next = *target == '/' || !slash
                   ? mem_strdup(target)
                   : mem_printf("%.*s/%s", (int)(slash - at), at, target);
        free(at);
        at = next;
    }
    return at;
}

static bool replace(const char *path, const struct file_source *from, unsigned mode,
                    struct err *err) {
    bool device = str_starts(path, "/dev/") || file_is_stdout(path), ok;
    char *real = device ? NULL : file_follow(path); /* a link stays a link */
    struct stat st;

    if (device ||
        (stat(real, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        ok = write_through(path, from, err);
    else
        ok = write_beside(real, from, mode, err);
    free(real);
    return ok || err_in(err, path);
}

bool file_replace(const char *path, const void *bytes, size_t len, struct err *err) {
    const struct file_source from = {bytes, len, NULL, NULL};

    return replace(path, &from, 0666, err);
}

bool file_replace_own(const char *path, const void *bytes, size_t len,
                      struct err *err) {
    const struct file_source from = {bytes, len, NULL, NULL};

    return replace(path, &from, 0600, err);
}

bool file_replace_own_pieces(const char *path,
                             bool (*next)(struct buf *piece, void *context),
                             void *context, struct err *err) {
    const struct file_source from = {"", 0, next, context};

    return replace(path, &from, 0600, err);
}

bool file_can_replace(const char *path, struct err *err) {
    char *copy = mem_strdup(path), *real = realpath(path, NULL);
    const char *folder = real ? dirname(real) : dirname(copy);
    struct stat st;
    bool there = stat(path, &st) == 0, ok = true;

    if (file_is_stdout(path))
        ok = true;
    else if (!*path)
        ok = err_at(err, ERR_OS, 0, 0, "the path is empty");
    else if ((there && S_ISDIR(st.st_mode)) || path[strlen(path) - 1] == '/')
        ok = err_at(err, ERR_OS, 0, 0, "cannot write: is a folder");
    else if (there && !S_ISREG(st.st_mode))
        ok = access(path, W_OK) == 0;
    else if (!str_starts(path, "/dev/"))
        ok = access(folder, W_OK | X_OK) == 0;
    if (!ok)
        err_at(err, ERR_OS, 0, 0, "cannot write: %s", strerror(errno));
    free(copy);
    free(real);
    return ok || err_in(err, path);
}

char *file_in_state(const char *name) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state && *state == '/')
        return mem_printf("%s/assay/%s", state, name);
    if (home && *home == '/')
        return mem_printf("%s/.local/state/assay/%s", home, name);
    return NULL;
}

bool file_exists(const char *path) {
    return file_is_within(path) ? file_within_exists(path) : access(path, F_OK) == 0;
}

bool file_make_dir(const char *path, struct err *err) {
    char *copy = mem_strdup(path);
    struct stat st;
    bool ok = true;

    for (char *p = copy + 1; ok && *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
        *p = '/';
    }
    ok = ok && (mkdir(copy, 0777) == 0 || errno == EEXIST);
    if (ok && (stat(copy, &st) != 0 || !S_ISDIR(st.st_mode))) {
        errno = ENOTDIR;
        ok = false;
    }
    if (!ok)
        err_at(err, ERR_OS, 0, 0, "cannot make the folder: %s", strerror(errno));
    free(copy);
    return ok || err_in(err, path);
}

bool file_is_own(const char *path, struct err *err) {
    struct stat st;

    if (lstat(path, &st) != 0)
        err_at(err, ERR_OS, 0, 0, "%s", strerror(errno));
    else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        err_at(err, ERR_OS, 0, 0, "is neither a file nor a folder");
    else if (st.st_uid != geteuid())
        err_at(err, ERR_OS, 0, 0, "belongs to user %u, not to this one (%u)",
               (unsigned)st.st_uid, (unsigned)geteuid());
    else if (st.st_mode & (S_IWGRP | S_IWOTH))
        err_at(err, ERR_OS, 0, 0, "can be written by others");
    else
        return true;
    return err_in(err, path);
}

bool file_make_own_dir(const char *path, struct err *err) {
    struct stat st;

    if (!file_make_dir(path, err))
        return false;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
        (st.st_mode & 077))
        (void)!chmod(path, 0700);
    return file_is_own(path, err);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **file_list(const char *dir, const char *suffix, size_t *count, struct err *err) {
    char **paths;
    struct dirent *entry;
    size_t n = 0;
    DIR *d;

    if (file_is_within(dir))
        return file_within_list(dir, suffix, count);
    paths = mem_new(1, sizeof(*paths));
    d = opendir(dir);
    if (!d) {
        err_at(err, ERR_OS, 0, 0, "cannot open: %s", strerror(errno));
        err_in(err, dir);
        free(paths);
        return NULL;
    }
    while ((entry = readdir(d))) {
        if (entry->d_name[0] == '.' || !str_ends(entry->d_name, suffix))
            continue;
        paths = mem_grow(paths, n + 1, sizeof(*paths));
        paths[n++] = mem_printf("%s/%s", dir, entry->d_name);
    }
    closedir(d);
    qsort(paths, n, sizeof(*paths), by_name);
    *count = n;
    return paths;
}
