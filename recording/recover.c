/* A journal comes in. Its exchanges go into the fixture, once, and the journal is
 * removed. */
#include "recording/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/file.h"

/* The first error of many, as one. */
static bool one_of(struct diags *diags, struct err *err) {
    if (err && diags->count)
        *err = diags->items[0];
    diags_release(diags);
    return false;
}

static bool merge(const char *fixture, const struct journal_head *head,
                  struct recording *journal, unsigned flags, struct recovery *report,
                  struct err *err) {
    struct recording all = {0};
    struct diags diags = {0};
    bool ok;

    if (!head->replace && file_exists(fixture) &&
        !recording_load(&all, fixture, &diags))
        return one_of(&diags, err);
    if (!head->replace && head->base > all.count) {
        report->base_lost = true;
        if (!(flags & RECOVER_FORCE)) {
            err_at(err, ERR_OS, 0, 0,
                   "held %zu exchanges when this session began and holds %zu now; "
                   "`assay fixture recover --force` goes on without them",
                   head->base, all.count);
            recording_release(&all);
            return err_in(err, fixture);
        }
    }
    if (recording_has_session(&all, head->session)) {
        report->done_before = true;
        report->total = all.count;
        recording_release(&all);
        return true;
    }
    report->added = journal->count;
    recording_append(&all, journal);
    report->total = all.count;
    ok = recording_save(&all, fixture, err);
    recording_release(&all);
    return ok;
}

bool recover(const char *fixture, unsigned flags, struct redactor *late,
             struct recovery *report, struct err *err) {
    char *path = journal_path(fixture);
    struct recording journal = {0};
    struct journal_head head = {0};
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    memset(report, 0, sizeof(*report));
    if (fd < 0) {
        report->nothing = ok = errno == ENOENT;
        if (!ok)
            err_at(err, ERR_OS, 0, 0, "cannot open: %s", strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err_at(err, ERR_OS, 0, 0, "an `assay record` is recording into it now");
    } else if (journal_read(path, &head, &journal, &report->journal,
                            flags & RECOVER_FORCE, err)) {
        if (late)
            redactor_again(late, &journal);
        ok = !head.session[0] || merge(fixture, &head, &journal, flags, report, err);
        if (ok && unlink(path) != 0 && errno != ENOENT)
            ok = err_at(err, ERR_OS, 0, 0, "cannot remove: %s", strerror(errno));
    }
    err_in(err, path);
    recording_release(&journal);
    journal_head_release(&head);
    if (fd >= 0)
        close(fd);
    free(path);
    return ok;
}
