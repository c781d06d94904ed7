/* The bytes of a journal come in. Its whole records go out as a recording; a cut one at
 * the end and damaged ones are told. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/identity_key.h"
#include "recording/journal.h"
#include "recording/journal_record.h"
#include "recording/journal_scan.h"

enum { MAX_JOURNAL = 1 << 30 };

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

/* The exchange that an outcome is of; NULL = there is none that waits for one. */
static struct recorded *waiting_for(struct recording *r, uint64_t number) {
    for (size_t i = r->count; i-- > 0;) /* it is among the last ones */
        if (r->items[i].number == number)
            return r->items[i].outcome == OUTCOME_UNKNOWN ? &r->items[i] : NULL;
    return NULL;
}

static bool take_outcome(struct recording *r, const json_t *record) {
    uint64_t number = (uint64_t)json_integer_value(json_object_get(record, "outcome"));
    const char *is = json_string_value(json_object_get(record, "is"));
    struct recorded *x = waiting_for(r, number);

    if (!x || !is || !outcome_parse(is, &x->outcome))
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

/* What was scanned of an answer becomes that of its exchange. */
static bool put_outcome(struct recording *r, struct recorded *half) {
    struct recorded *x = waiting_for(r, half->number);

    if (!x) {
        recorded_release(half);
        return false;
    }
    x->ended_us = half->ended_us;
    x->outcome = half->outcome;
    x->response = half->response;
    x->failure = half->failure;
    x->encoding = half->encoding;
    x->chunked = half->chunked;
    x->trailers = half->trailers;
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

    if (len < JOURNAL_HEAD_BYTES + 1 || text[8] != ' ' ||
        text[JOURNAL_HEAD_BYTES - 1] != ' ')
        return 0;
    sum = strtoul(text, &end, 16);
    if (end != text + 8)
        return 0;
    n = strtoul(text + 9, &end, 10);
    if (end != text + JOURNAL_HEAD_BYTES - 1 || n > len - JOURNAL_HEAD_BYTES - 1 ||
        text[JOURNAL_HEAD_BYTES + n] != '\n' ||
        crc32(0, (const unsigned char *)text + JOURNAL_HEAD_BYTES, (unsigned)n) != sum)
        return 0;
    return JOURNAL_HEAD_BYTES + n + 1;
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

/* As a tree of JSON. */
static bool take_tree(const char *text, size_t len, struct journal_head *head,
                      struct recording *r, struct journal_report *report) {
    json_t *record =
        json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
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
    return ok;
}

static bool take_record(const char *text, size_t len, struct journal_head *head,
                        struct recording *r, struct journal_report *report) {
    struct recorded x = {0};
    bool ok = true;

    text += JOURNAL_HEAD_BYTES;
    len -= JOURNAL_HEAD_BYTES + 1;
    if (journal_scan_intent(text, len, &x)) {
        *recording_add(r) = x;
        report->intents++;
    } else if (journal_scan_outcome(text, len, &x)) {
        ok = put_outcome(r, &x);
        report->outcomes += ok;
    } else {
        ok = take_tree(text, len, head, r, report);
    }
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
