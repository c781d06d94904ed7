/* Intents and outcomes come in. Records with a checksum go to disk, as durably as was
 * asked for. */
#include "recording/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/journal_record.h"

struct journal {
    int fd;
    char *path;
    enum durability durability;
    off_t good; /* the end of the last whole commit */
    bool broken, unsynced, restored;
    int64_t unsynced_since_ms;
    uint64_t syncs;
    struct buf waiting;
    struct journal_fault { /* for tests */
        char kind;         /* 'w', 's' (short), 'y' (sync), 'k', or 0 */
        long at;
    } fault;
};

char *journal_path(const char *fixture) {
    char *file = file_follow(fixture), *path = mem_printf("%s.journal", file);

    free(file);
    return path;
}

static void add_json_bytes(struct buf *out, const char *text, size_t len) {
    static const char hex[] = "0123456789abcdef";
    size_t run = 0;

    buf_addc(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buf_add(out, text + run, i - run);
        run = i + 1;
        if (c == '"' || c == '\\') {
            char pair[2] = {'\\', (char)c};

            buf_add(out, pair, 2);
        } else {
            char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

            buf_add(out, escape, 6);
        }
    }
    buf_add(out, text + run, len - run);
    buf_addc(out, '"');
}

/* Text, or {"base64": ".."} when JSON cannot hold it. */
static void add_text(struct buf *out, const char *text, size_t len) {
    if (str_utf8_valid(text, len)) {
        add_json_bytes(out, text, len);
        return;
    }
    buf_adds(out, "{\"base64\":\"");
    str_add_base64(out, text, len);
    buf_adds(out, "\"}");
}

static void add_name(struct buf *out, const char *key) {
    if (out->ptr[out->len - 1] != '{')
        buf_addc(out, ',');
    buf_addc(out, '"');
    buf_adds(out, key);
    buf_add(out, "\":", 2);
}

static void add_member(struct buf *out, const char *key, const char *text, size_t len) {
    add_name(out, key);
    add_text(out, text, len);
}

static void add_int(struct buf *out, const char *key, int64_t value) {
    char digits[24];
    size_t n = sizeof(digits);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        digits[--n] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        digits[--n] = '-';
    add_name(out, key);
    buf_add(out, digits + n, sizeof(digits) - n);
}

static void add_string(struct buf *out, const char *key, const char *text) {
    if (text)
        add_member(out, key, text, strlen(text));
}

static void add_headers(struct buf *out, const char *key,
                        const struct http_headers *h) {
    add_name(out, key);
    buf_addc(out, '[');
    for (size_t i = 0; i < h->count; i++) {
        if (i)
            buf_addc(out, ',');
        add_text(out, h->items[i].name, strlen(h->items[i].name));
        buf_addc(out, ',');
        add_text(out, h->items[i].value, strlen(h->items[i].value));
    }
    buf_addc(out, ']');
}

static size_t begin_record(struct journal *j) {
    static const char room[JOURNAL_HEAD_BYTES] = {' '};
    size_t at = j->waiting.len;

    buf_add(&j->waiting, room, sizeof(room));
    return at;
}

static void end_record(struct journal *j, size_t at) {
    const char *text = j->waiting.ptr + at + JOURNAL_HEAD_BYTES;
    size_t len = j->waiting.len - at - JOURNAL_HEAD_BYTES;
    unsigned long sum = crc32(0, (const unsigned char *)text, (unsigned)len);
    char *head = j->waiting.ptr + at;

    for (int i = 7; i >= 0; i--, sum >>= 4)
        head[i] = "0123456789abcdef"[sum & 15];
    head[8] = ' ';
    for (int i = JOURNAL_HEAD_BYTES - 2; i > 8; i--, len /= 10)
        head[i] = (char)('0' + len % 10);
    head[JOURNAL_HEAD_BYTES - 1] = ' ';
    buf_addc(&j->waiting, '\n');
}

void journal_intent(struct journal *j, const struct recorded *x) {
    size_t at = begin_record(j);
    const struct http_request *r = &x->request;

    buf_addc(&j->waiting, '{');
    add_int(&j->waiting, "intent", (int64_t)x->number);
    add_int(&j->waiting, "began_us", x->began_us);
    add_string(&j->waiting, "method", r->method);
    add_string(&j->waiting, "target", r->target);
    add_headers(&j->waiting, "headers", &r->headers);
    if (r->body)
        add_member(&j->waiting, "body", r->body, r->body_len);
    buf_addc(&j->waiting, '}');
    end_record(j, at);
}

void journal_outcome(struct journal *j, const struct recorded *x) {
    size_t at = begin_record(j);
    const struct http_response *r = &x->response;

    buf_addc(&j->waiting, '{');
    add_int(&j->waiting, "outcome", (int64_t)x->number);
    add_int(&j->waiting, "ended_us", x->ended_us);
    add_string(&j->waiting, "is", outcome_name(x->outcome));
    add_int(&j->waiting, "status", r->status);
    add_string(&j->waiting, "reason", r->reason);
    add_string(&j->waiting, "failure", x->failure);
    add_string(&j->waiting, "encoding", x->encoding);
    if (x->chunked)
        buf_adds(&j->waiting, ",\"chunked\":true");
    add_headers(&j->waiting, "headers", &r->headers);
    if (x->trailers.count)
        add_headers(&j->waiting, "trailers", &x->trailers);
    if (r->body)
        add_member(&j->waiting, "body", r->body, r->body_len);
    buf_addc(&j->waiting, '}');
    end_record(j, at);
}

void journal_mark(struct journal *j, const char *token, const char *mark) {
    size_t at = begin_record(j);

    buf_adds(&j->waiting, "{\"token\":");
    add_text(&j->waiting, token, strlen(token));
    add_string(&j->waiting, "mark", mark);
    buf_addc(&j->waiting, '}');
    end_record(j, at);
}

static void add_head(struct journal *j, const struct journal_head *head) {
    size_t at = begin_record(j);

    buf_addf(&j->waiting, "{\"journal\":1,\"session\":\"%s\",\"started_ms\":%lld",
             head->session, (long long)head->started_ms);
    add_string(&j->waiting, "upstream", head->upstream);
    add_string(&j->waiting, "tool", head->tool);
    buf_addf(&j->waiting, ",\"base\":%zu", head->base);
    if (head->replace)
        buf_adds(&j->waiting, ",\"replace\":true");
    buf_addc(&j->waiting, '}');
    end_record(j, at);
}

/* Is it time for the fault that the environment asks for? */
static bool fault_is(struct journal *j, char kind) {
    return j->fault.kind == kind && --j->fault.at == 0;
}

static void read_fault(struct journal *j) {
    const char *text = getenv("ASSAY_FAULT"), *colon = text ? strchr(text, ':') : NULL;

    if (!colon)
        return;
    j->fault.kind = (char)(str_starts(text, "sync") ? 'y' : text[0]);
    j->fault.at = strtol(colon + 1, NULL, 10);
}

static bool write_waiting(struct journal *j, size_t *done) {
    const char *bytes = j->waiting.ptr;
    size_t len = j->waiting.len;

    *done = 0;
    if (fault_is(j, 'k')) {
        if (write(j->fd, bytes, len / 2) >= 0)
            raise(SIGKILL);
    }
    if (fault_is(j, 'w')) {
        errno = ENOSPC;
        return false;
    }
    if (fault_is(j, 's')) {
        ssize_t n = write(j->fd, bytes, len / 2);

        *done = n > 0 ? (size_t)n : 0;
        errno = ENOSPC;
        return false;
    }
    while (*done < len) {
        ssize_t n = write(j->fd, bytes + *done, len - *done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        *done += (size_t)n;
    }
    return true;
}

static bool sync_now(struct journal *j) {
    j->unsynced = false;
    j->syncs++;
    if (!fault_is(j, 'y') && fdatasync(j->fd) == 0)
        return true;
    j->broken = true; /* what the system still holds is unknown after this */
    return false;
}

/* The file may have been removed or replaced under us. */
static bool still_there(const struct journal *j) {
    struct stat st;

    return fstat(j->fd, &st) == 0 && st.st_nlink > 0;
}

static bool copy_good(const struct journal *j, int to) {
    char chunk[65536];

    for (off_t at = 0; at < j->good;) {
        off_t left = j->good - at;
        ssize_t n =
            pread(j->fd, chunk,
                  left < (off_t)sizeof(chunk) ? (size_t)left : sizeof(chunk), at);

        if (n <= 0 || write(to, chunk, (size_t)n) != n)
            return false;
        at += n;
    }
    return fdatasync(to) == 0;
}

/* What was removed is still ours to read: write it anew. */
static bool restore(struct journal *j, struct err *err) {
    int fd = open(j->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && copy_good(j, fd);

    if (ok) {
        close(j->fd);
        j->fd = fd;
        j->restored = true;
        file_sync_folder(j->path);
        return true;
    }
    err_at(err, ERR_OS, 0, 0,
           "%s: the journal was removed while recording and cannot be written anew: %s",
           j->path, strerror(errno));
    if (fd >= 0) {
        unlink(j->path);
        close(fd);
    }
    return false;
}

bool journal_commit(struct journal *j, struct err *err) {
    size_t done = 0, len = j->waiting.len;

    if (!len)
        return true;
    if (j->broken)
        err_at(err, ERR_OS, 0, 0,
               "%s: the journal cannot be trusted after a failed write", j->path);
    if (j->broken || (!still_there(j) && !restore(j, err))) {
        buf_cut(&j->waiting, 0);
        return false;
    }
    if (!write_waiting(j, &done)) {
        err_at(err, ERR_OS, 0, 0, "%s: cannot write: %s", j->path, strerror(errno));
        if (done && (ftruncate(j->fd, j->good) != 0 ||
                     lseek(j->fd, j->good, SEEK_SET) != j->good))
            j->broken = true;
        buf_cut(&j->waiting, 0);
        return false;
    }
    j->good += (off_t)len;
    buf_cut(&j->waiting, 0);
    if (j->durability == DURABILITY_STRICT && !sync_now(j))
        return err_at(err, ERR_OS, 0, 0, "%s: cannot sync: %s", j->path,
                      strerror(errno));
    if (j->durability == DURABILITY_BATCH && !j->unsynced) {
        j->unsynced = true;
        j->unsynced_since_ms = clock_steady_ms();
    }
    return true;
}

int64_t journal_sync_due(struct journal *j) {
    int64_t left;

    if (!j->unsynced)
        return -1;
    left = j->unsynced_since_ms + JOURNAL_SYNC_MS - clock_steady_ms();
    if (left > 0)
        return left;
    sync_now(j);
    return -1;
}

uint64_t journal_syncs(const struct journal *j) {
    return j->syncs;
}

struct journal *journal_create(const char *path, const struct journal_head *head,
                               enum durability durability, struct err *err) {
    struct journal *j = mem_new(1, sizeof(*j));
    struct stat st;

    j->path = mem_strdup(path);
    j->durability = durability;
    buf_init(&j->waiting, BUF_UNLIMITED);
    read_fault(j);
    j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (j->fd < 0) {
        err_at(err, ERR_OS, 0, 0, "%s: cannot open: %s", path, strerror(errno));
    } else if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 || fstat(j->fd, &st) != 0 ||
               st.st_nlink == 0) {
        err_at(err, ERR_OS, 0, 0,
               "%s: another `assay record` is recording into this fixture", path);
    } else if (st.st_size > 0) {
        err_at(err, ERR_OS, 0, 0, "%s: holds a recording that was not finished", path);
    } else {
        add_head(j, head);
        if (journal_commit(j, err)) {
            if (durability == DURABILITY_STRICT)
                file_sync_folder(path);
            return j;
        }
        unlink(path);
    }
    journal_close(j, false);
    return NULL;
}

bool journal_settle(struct journal *j, bool *restored, struct err *err) {
    struct stat ours, theirs;
    bool ok = fstat(j->fd, &ours) == 0 ||
              err_at(err, ERR_OS, 0, 0, "%s: %s", j->path, strerror(errno));

    if (ok && stat(j->path, &theirs) == 0)
        ok = (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino) ||
             err_at(err, ERR_OS, 0, 0, "%s: another file took the place of the journal",
                    j->path);
    else
        ok = ok && restore(j, err);
    *restored = j->restored;
    return ok;
}

void journal_close(struct journal *j, bool remove) {
    if (!j)
        return;
    if (j->unsynced)
        sync_now(j);
    if (remove)
        unlink(j->path);
    if (j->fd >= 0)
        close(j->fd);
    buf_release(&j->waiting);
    free(j->path);
    free(j);
}
