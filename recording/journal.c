/* Intents and outcomes come in. Records with a checksum go to disk; on reading, whole
 * ones go out and the cut one is told. */
#include "recording/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
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
#include "recording/identity_key.h"

enum { HEAD_BYTES = 8 + 1 + 10 + 1, MAX_JOURNAL = 1 << 30 };

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

/* --- writing --- */

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

static void add_member(struct buf *out, const char *key, const char *text, size_t len) {
    buf_addf(out, ",\"%s\":", key);
    add_text(out, text, len);
}

static void add_string(struct buf *out, const char *key, const char *text) {
    if (text)
        add_member(out, key, text, strlen(text));
}

static void add_headers(struct buf *out, const char *key,
                        const struct http_headers *h) {
    buf_addf(out, ",\"%s\":[", key);
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
    size_t at = j->waiting.len;

    buf_addf(&j->waiting, "%*s", HEAD_BYTES, "");
    return at;
}

static void end_record(struct journal *j, size_t at) {
    const char *text = j->waiting.ptr + at + HEAD_BYTES;
    size_t len = j->waiting.len - at - HEAD_BYTES;
    char head[HEAD_BYTES + 1];

    snprintf(head, sizeof(head), "%08lx %010zu ",
             crc32(0, (const unsigned char *)text, (unsigned)len), len);
    memcpy(j->waiting.ptr + at, head, HEAD_BYTES);
    buf_addc(&j->waiting, '\n');
}

void journal_intent(struct journal *j, const struct recorded *x) {
    size_t at = begin_record(j);
    const struct http_request *r = &x->request;

    buf_addf(&j->waiting, "{\"intent\":%llu,\"began_us\":%lld",
             (unsigned long long)x->number, (long long)x->began_us);
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

    buf_addf(&j->waiting,
             "{\"outcome\":%llu,\"ended_us\":%lld,\"is\":\"%s\",\"status\":%d",
             (unsigned long long)x->number, (long long)x->ended_us,
             outcome_name(x->outcome), r->status);
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

/* --- reading --- */

static bool take_bytes(const json_t *value, struct buf *out) {
    const char *base64 = json_string_value(json_object_get(value, "base64"));

    if (base64)
        return str_from_base64(out, base64, strlen(base64));
    return json_is_string(value) &&
           buf_add(out, json_string_value(value), json_string_length(value));
}

static char *take_text(const json_t *record, const char *key) {
    const json_t *value = json_object_get(record, key);
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (value && take_bytes(value, &out))
        return buf_take(&out, NULL);
    buf_release(&out);
    return NULL;
}

static void take_body(const json_t *record, char **body, size_t *len) {
    const json_t *value = json_object_get(record, "body");
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (value && take_bytes(value, &out))
        *body = buf_take(&out, len);
    buf_release(&out);
}

static void take_headers(const json_t *record, const char *key,
                         struct http_headers *h) {
    const json_t *list = json_object_get(record, key);

    for (size_t i = 0; i + 1 < json_array_size(list); i += 2) {
        struct buf name = BUF_INIT(BUF_UNLIMITED), value = BUF_INIT(BUF_UNLIMITED);

        if (take_bytes(json_array_get(list, i), &name) &&
            take_bytes(json_array_get(list, i + 1), &value))
            http_headers_add(h, name.ptr, value.ptr);
        buf_release(&name);
        buf_release(&value);
    }
}

static bool take_intent(struct recording *r, const json_t *record) {
    struct recorded *x = recording_add(r);

    x->number = (uint64_t)json_integer_value(json_object_get(record, "intent"));
    x->began_us = json_integer_value(json_object_get(record, "began_us"));
    x->ended_us = x->began_us;
    x->outcome = OUTCOME_UNKNOWN;
    x->request.method = take_text(record, "method");
    x->request.target = take_text(record, "target");
    take_headers(record, "headers", &x->request.headers);
    take_body(record, http_owned(&x->request.body), &x->request.body_len);
    return x->request.method && x->request.target;
}

static bool take_outcome(struct recording *r, const json_t *record) {
    uint64_t number = (uint64_t)json_integer_value(json_object_get(record, "outcome"));
    const char *is = json_string_value(json_object_get(record, "is"));
    struct recorded *x = NULL;

    for (size_t i = r->count; i-- > 0 && !x;) /* it is among the last ones */
        if (r->items[i].number == number)
            x = &r->items[i];
    if (!x || x->outcome != OUTCOME_UNKNOWN || !is || !outcome_parse(is, &x->outcome))
        return false;
    x->ended_us = json_integer_value(json_object_get(record, "ended_us"));
    x->response.status = (int)json_integer_value(json_object_get(record, "status"));
    x->response.reason = take_text(record, "reason");
    x->failure = take_text(record, "failure");
    x->encoding = take_text(record, "encoding");
    x->chunked = json_is_true(json_object_get(record, "chunked"));
    take_headers(record, "headers", &x->response.headers);
    take_headers(record, "trailers", &x->trailers);
    take_body(record, &x->response.body, &x->response.body_len);
    return true;
}

static bool take_mark(struct recording *r, const json_t *record) {
    const char *token = json_string_value(json_object_get(record, "token")),
               *mark = json_string_value(json_object_get(record, "mark"));

    if (!token || !mark || !identity_mark_valid(mark))
        return false;
    recording_add_mark(r, token, mark);
    return true;
}

static bool take_head(struct journal_head *head, const json_t *record) {
    const char *session = json_string_value(json_object_get(record, "session"));

    if (!session || strlen(session) >= sizeof(head->session))
        return false;
    memcpy(head->session, session, strlen(session) + 1);
    head->started_ms = json_integer_value(json_object_get(record, "started_ms"));
    head->upstream = take_text(record, "upstream");
    head->tool = take_text(record, "tool");
    head->base = (size_t)json_integer_value(json_object_get(record, "base"));
    head->replace = json_is_true(json_object_get(record, "replace"));
    return true;
}

/* The bytes of the whole record at `text`, with its newline; 0 = it is none. */
static size_t whole_record(const char *text, size_t len) {
    char *end;
    unsigned long sum, n;

    if (len < HEAD_BYTES + 1 || text[8] != ' ' || text[HEAD_BYTES - 1] != ' ')
        return 0;
    sum = strtoul(text, &end, 16);
    if (end != text + 8)
        return 0;
    n = strtoul(text + 9, &end, 10);
    if (end != text + HEAD_BYTES - 1 || n > len - HEAD_BYTES - 1 ||
        text[HEAD_BYTES + n] != '\n' ||
        crc32(0, (const unsigned char *)text + HEAD_BYTES, (unsigned)n) != sum)
        return 0;
    return HEAD_BYTES + n + 1;
}

/* From a damaged place to the next line that is a whole record; 0 = there is none. */
static size_t next_good(const char *text, size_t len) {
    const char *at = text;

    while ((at = memchr(at, '\n', len - (size_t)(at - text)))) {
        at++;
        if (whole_record(at, len - (size_t)(at - text)))
            return (size_t)(at - text);
    }
    return 0;
}

static bool take_record(const char *text, size_t len, struct journal_head *head,
                        struct recording *r, struct journal_report *report) {
    json_t *record = json_loadb(text + HEAD_BYTES, len - HEAD_BYTES - 1,
                                JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    bool ok = false;

    if (json_object_get(record, "journal")) {
        ok = take_head(head, record);
    } else if (json_object_get(record, "intent")) {
        ok = take_intent(r, record);
        report->intents += ok;
    } else if (json_object_get(record, "outcome")) {
        ok = take_outcome(r, record);
        report->outcomes += ok;
    } else if (json_object_get(record, "token")) {
        ok = take_mark(r, record);
    }
    json_decref(record);
    report->records += ok;
    return ok;
}

static bool take_records(const char *path, const char *text, size_t len,
                         struct journal_head *head, struct recording *r,
                         struct journal_report *report, bool force, struct err *err) {
    size_t i = 0;
    int line = 1;

    while (i < len) {
        size_t n = whole_record(text + i, len - i), skip;

        if (n && take_record(text + i, n, head, r, report)) {
            i += n;
            line++;
            continue;
        }
        skip = next_good(text + i, len - i);
        if (!skip) {
            report->cut_bytes = len - i;
            return true;
        }
        report->damaged_bytes += skip;
        report->damaged_line = report->damaged_line ? report->damaged_line : line;
        if (!force) {
            err_at(err, ERR_SYNTAX, line, 1,
                   "a damaged record with %s ones behind it; --force leaves it out",
                   "good");
            return err_in(err, path);
        }
        i += skip;
        line++;
    }
    return true;
}

bool journal_read(const char *path, struct journal_head *head, struct recording *r,
                  struct journal_report *report, bool force, struct err *err) {
    size_t len;
    char *text = file_slurp(path, MAX_JOURNAL, &len, err);
    bool ok;

    memset(head, 0, sizeof(*head));
    memset(report, 0, sizeof(*report));
    ok = text && take_records(path, text, len, head, r, report, force, err);
    free(text);
    if (!ok) {
        recording_release(r);
        return false;
    }
    for (size_t i = 0; i < r->count; i++)
        report->unknown += r->items[i].outcome == OUTCOME_UNKNOWN;
    r->started_ms = head->started_ms;
    r->upstream = mem_strdup(head->upstream);
    r->tool = mem_strdup(head->tool);
    if (head->session[0])
        recording_add_session(r, head->session, 1);
    return true;
}

void journal_head_release(struct journal_head *head) {
    free(head->upstream);
    free(head->tool);
    head->upstream = head->tool = NULL;
}
