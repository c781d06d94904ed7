/* The name of a secret comes in, before it is set. A line in a file on disk goes out,
 * for sweep. */
#include "harness/run/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

struct ledger {
    char *dir, *path, *base_url, *run_id;
    FILE *file;
};

char *ledger_dir(const char *dir) {
    char *own = dir ? mem_strdup(dir) : file_in_state("");
    size_t len = own ? strlen(own) : 0;

    if (len && own[len - 1] == '/')
        own[len - 1] = '\0';
    return own ? own : mem_printf("/tmp/assay-%u", (unsigned)getuid());
}

bool ledger_is_ours(const char *path, struct err *err) {
    char *dir = mem_strdup(path), *slash = strrchr(dir, '/');
    bool ours;

    if (slash)
        *slash = '\0';
    ours = (!slash || file_is_own(dir, err)) && file_is_own(path, err);
    free(dir);
    return ours;
}

/* A run with the seed of one that was killed leaves that one's ledger alone. */
static char *free_path(const char *dir, const char *run_id) {
    char *path = mem_printf("%s/%s.ledger", dir, run_id);

    for (int n = 2; file_exists(path) && n < 1000; n++) {
        free(path);
        path = mem_printf("%s/%s-%d.ledger", dir, run_id, n);
    }
    return path;
}

struct ledger *ledger_new(const char *dir, const char *base_url, const char *run_id) {
    struct ledger *l = mem_new(1, sizeof(*l));

    l->dir = ledger_dir(dir);
    l->path = free_path(l->dir, run_id);
    l->base_url = mem_strdup(base_url);
    l->run_id = mem_strdup(run_id);
    return l;
}

bool ledger_ready(const struct ledger *l, struct err *err) {
    struct err why = {0};

    if (file_make_own_dir(l->dir, &why) && file_can_replace(l->path, &why))
        return true;
    return err_at(err, ERR_OS, 0, 0,
                  "the clean-up ledger in %.300s: %s; XDG_STATE_HOME can name another "
                  "place",
                  l->dir, why.text);
}

static bool write_line(struct ledger *l, json_t *line, struct err *err) {
    char *text = json_dumps(line, JSON_COMPACT);
    bool ok = fprintf(l->file, "%s\n", text) > 0 && fflush(l->file) == 0;

    free(text);
    json_decref(line);
    if (!ok)
        err_at(err, ERR_OS, 0, 0, "cannot write the clean-up ledger: %s",
               strerror(errno));
    return ok || err_in(err, l->path);
}

bool ledger_note(struct ledger *l, const json_t *scope, const char *name,
                 const char *role, struct err *err) {
    if (!l->file) {
        int fd = -1;

        if (!file_make_own_dir(l->dir, err))
            return false;
        fd = open(l->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        l->file = fd < 0 ? NULL : fdopen(fd, "wb");
        if (!l->file) {
            err_at(err, ERR_OS, 0, 0, "cannot write the clean-up ledger: %s",
                   strerror(errno));
            return err_in(err, l->path);
        }
        (void)!flock(fileno(l->file), LOCK_EX | LOCK_NB); /* "alive", for sweep */
        if (!write_line(l,
                        json_pack("{s:s, s:s, s:i}", "target", l->base_url, "run",
                                  l->run_id, "pid", (int)getpid()),
                        err))
            return false;
    }
    return write_line(
        l, json_pack("{s:O, s:s, s:s}", "scope", scope, "name", name, "as", role), err);
}

void ledger_close(struct ledger *l, bool keep) {
    if (!l)
        return;
    if (l->file) {
        fclose(l->file);
        if (!keep)
            unlink(l->path);
    }
    free(l->dir);
    free(l->path);
    free(l->base_url);
    free(l->run_id);
    free(l);
}
