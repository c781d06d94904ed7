/* Exchanges come in. A recording that owns them goes out. */
#include "recording/recording.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

static const char *const outcomes[] = {
    [OUTCOME_ANSWERED] = "answered",   [OUTCOME_UNKNOWN] = "unknown",
    [OUTCOME_REFUSED] = "refused",     [OUTCOME_RESET] = "reset",
    [OUTCOME_PARTIAL] = "partial",     [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_TOO_LARGE] = "too_large", [OUTCOME_UNREADABLE] = "unreadable",
};

const char *outcome_name(enum exchange_outcome o) {
    return outcomes[o];
}

bool outcome_parse(const char *name, enum exchange_outcome *out) {
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
        if (strcmp(name, outcomes[i]) == 0) {
            *out = (enum exchange_outcome)i;
            return true;
        }
    return false;
}

struct recorded *recording_add(struct recording *r) {
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->items = mem_grow(r->items, r->cap, sizeof(*r->items));
    }
    r->items[r->count] =
        (struct recorded){.number = r->count ? r->items[r->count - 1].number + 1 : 1};
    return &r->items[r->count++];
}

void recording_add_session(struct recording *r, const char *id, uint64_t from) {
    r->sessions = mem_grow(r->sessions, r->session_count + 1, sizeof(*r->sessions));
    r->sessions[r->session_count++] = (struct recorded_session){mem_strdup(id), from};
}

bool recording_has_session(const struct recording *r, const char *id) {
    for (size_t i = 0; i < r->session_count; i++)
        if (strcmp(r->sessions[i].id, id) == 0)
            return true;
    return false;
}

void recording_add_mark(struct recording *r, const char *token, const char *mark) {
    if (!r->marks)
        r->marks = json_object();
    json_object_set_new_nocheck(r->marks, token, json_string_nocheck(mark));
}

const char *recording_mark(const struct recording *r, const char *token) {
    return json_string_value(json_object_get(r->marks, token));
}

/* Exchanges that no session claims are of one without a name. */
static void name_sessions(struct recording *r) {
    if (!r->session_count && r->count)
        recording_add_session(r, "", r->items[0].number);
}

/* The sessions of `more`, whose exchanges stand behind the first `before` of `r` now.
 * One without exchanges stays, too: it has been taken in. */
static void append_sessions(struct recording *r, const struct recording *more,
                            const uint64_t *numbers, size_t before) {
    uint64_t end = r->count ? r->items[r->count - 1].number + 1 : 1;

    for (size_t i = 0; i < more->session_count; i++) {
        uint64_t from = more->sessions[i].from;
        bool known = from || i == 0;
        size_t k = 0;

        while (k < more->count && numbers[k] < from)
            k++;
        recording_add_session(r, more->sessions[i].id,
                              !known            ? 0
                              : k < more->count ? r->items[before + k].number
                                                : end);
    }
}

void recording_append(struct recording *r, struct recording *more) {
    size_t before = r->count;
    uint64_t *numbers = mem_new(more->count + 1, sizeof(*numbers));
    const char *token;
    json_t *mark;
    int64_t later_us =
        r->count ? (more->started_ms - r->started_ms) * 1000 : 0; /* may be negative */

    if (!r->upstream)
        r->upstream = mem_strdup(more->upstream);
    if (!r->tool)
        r->tool = mem_strdup(more->tool);
    if (!r->started_ms)
        r->started_ms = more->started_ms;
    if (r->count && more->count) {
        name_sessions(r);
        name_sessions(more);
    }
    for (size_t i = 0; i < more->count; i++) {
        struct recorded *x = recording_add(r);
        uint64_t number = x->number;

        numbers[i] = more->items[i].number;
        *x = more->items[i];
        x->number = number;
        x->began_us += later_us;
        x->ended_us += later_us;
    }
    append_sessions(r, more, numbers, before);
    json_object_foreach(more->marks, token, mark)
        recording_add_mark(r, token, json_string_value(mark));
    free(numbers);
    more->count = 0;
    recording_release(more);
}

void recorded_release(struct recorded *x) {
    http_request_release(&x->request);
    http_response_release(&x->response);
    http_headers_release(&x->trailers);
    free(x->failure);
    free(x->encoding);
    x->failure = x->encoding = NULL;
}

void recording_release(struct recording *r) {
    for (size_t i = 0; i < r->count; i++)
        recorded_release(&r->items[i]);
    for (size_t i = 0; i < r->session_count; i++)
        free(r->sessions[i].id);
    free(r->sessions);
    json_decref(r->marks);
    free(r->items);
    free(r->upstream);
    free(r->tool);
    memset(r, 0, sizeof(*r));
}

bool recording_load(struct recording *r, const char *path, struct diags *diags) {
    struct err err = {0};
    size_t len = 0;
    char *text = file_slurp(path, yaml_limits_recording.bytes, &len, &err);
    bool ok = text && (!len || recording_is(text, len));

    if (!text)
        diags_add_err(diags, &err);
    else if (!ok)
        diags_add(
            diags, path, 1, 1,
            "is no recording: `assay: recording` stands nowhere at its beginning");
    else if (len) /* an empty file is an empty recording */
        ok = recording_parse(r, path, text, len, diags);
    free(text);
    return ok;
}

bool recording_save(const struct recording *r, const char *path, struct err *err) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool ok = recording_write(r, &out) && file_replace_own(path, out.ptr, out.len, err);

    buf_release(&out);
    return ok;
}

bool recording_is(const char *text, size_t len) {
    static const char mark[] = "assay: recording";

    return str_find(text, len < 1024 ? len : 1024, mark, sizeof(mark) - 1) != NULL;
}
