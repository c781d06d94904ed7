/* A check that did not pass comes in. What the page tells of it goes out: the clause, wanted
 * and got, and the requests of its case with the red one marked. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/text.h"
#include "reports/view.h"

enum { LINE_BYTES = 160 };

bool is_shown_failure(const json_t *check) {
    return is_red(check) || is_verdict(check, "warn") || is_verdict(check, "waived");
}

json_t *view_clause_line(const struct view *v, const char *id) {
    const json_t *clause = json_object_get(v->clauses, id);
    json_t *line = json_pack("{s:s}", "id", id);

    view_take(line, clause, "level");
    view_take(line, clause, "text");
    view_take(line, clause, "source");
    return line;
}

/* ---- one line ---- */

static json_t *cut_line(const char *text) {
    struct buf line = BUF_INIT(BUF_UNLIMITED);
    json_t *cut;

    str_add_visible(&line, text, strlen(text), LINE_BYTES);
    cut = jsonx_text(line.ptr, line.len);
    buf_release(&line);
    return cut;
}

json_t *view_example(const struct view *v, const json_t *check) {
    static const char *const members[] = {"id", "verdict", "file", "line", "column"};
    const json_t *m = json_array_get(json_object_get(check, "mismatches"), 0);
    json_t *e = json_object();

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(e, check, members[i]);
    json_object_set(e, "anchor", json_object_get(v->anchors, text_of(check, "id")));
    if (m) {
        json_object_set_new(
            e, "pointer",
            cut_line(*text_of(m, "pointer") ? text_of(m, "pointer") : "the answer"));
        json_object_set_new(e, "expected", cut_line(text_of(m, "expected")));
        json_object_set_new(e, "got", cut_line(text_of(m, "got")));
    } else {
        json_object_set_new(e, "reason", cut_line(text_of(check, "reason")));
    }
    if (*text_of(check, "again")) {
        view_take(e, check, "again");
        if (strcmp(text_of(check, "again"), "not again") == 0)
            json_object_set_new(e, "not_again", json_true());
    }
    return e;
}

/* ---- the requests ---- */

/* "GET /v1/apps/secrets/find" */
static json_t *call_of(const struct view *v, const json_t *x) {
    const char *base = text_of(json_object_get(v->results, "target"), "base_url"),
               *url = text_of(x, "url");
    size_t len = strlen(base);

    if (len && strncmp(url, base, len) == 0)
        url += len;
    return json_sprintf("%s %.*s", text_of(x, "method"), (int)strcspn(url, "?"), url);
}

static json_t *headers_view(const json_t *x) {
    const json_t *headers = json_object_get(x, "response_headers");
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(headers); i++) {
        const json_t *h = json_array_get(headers, i);

        json_array_append_new(list,
                              json_pack("{s:O, s:O}", "name", json_array_get(h, 0),
                                        "value", json_array_get(h, 1)));
    }
    return list;
}

/* The headers of an answer only where they were judged: there are many answers. */
static json_t *exchange_view(const struct view *v, const json_t *x, size_t number,
                             bool judged) {
    static const char *const members[] = {
        "method",  "url",  "request_body", "status",   "reason_phrase", "response_body",
        "failure", "curl", "truncated",    "overlaps", "cleaning"};
    json_t *e = json_pack("{s:I, s:o, s:b}", "number", (json_int_t)number, "call",
                          call_of(v, x), "judged", judged);

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(e, x, members[i]);
    if (jsonx_int(x, "at_ms", 0) >= 500)
        json_object_set_new(e, "at_s",
                            json_real((double)jsonx_int(x, "at_ms", 0) / 1000));
    if (judged)
        json_object_set_new(e, "response_headers", headers_view(x));
    return e;
}

/* Where the requests of a check are, and which of them it judges. */
struct sent {
    const json_t *row; /* its exchanges, or NULL: the transcript has them */
    const json_t *list;
    size_t from, to; /* the step; `to` is what is judged, or all of it if `whole` */
    bool whole;
};

static struct sent sent_for(const struct view *v, const json_t *check) {
    const json_t *rows = json_object_get(v->results, "rows"),
                 *row = json_object_get(json_object_get(rows, text_of(check, "row")),
                                        "exchanges"),
                 *transcript = json_object_get(check, "transcript");
    size_t count = json_array_size(row ? row : transcript);
    struct sent s = {row, row ? row : transcript, 0, count ? count - 1 : 0, false};

    s.whole = json_is_true(json_object_get(check, "whole"));
    if (row) {
        s.from = (size_t)jsonx_int(check, "from", 0);
        s.to = (size_t)jsonx_int(check, "to", 0);
    } else {
        s.to = (size_t)jsonx_int(check, "exchange", (int64_t)s.to);
    }
    return s;
}

static bool is_judged(const struct sent *s, size_t i) {
    return i == s->to || (s->whole && i >= s->from && i <= s->to);
}

/* Of the check's own answers the document keeps more than of the row's. */
static const json_t *fuller(const json_t *check, const struct sent *s, size_t i) {
    const json_t *t = json_object_get(check, "transcript");

    if (s->row && i == s->to && json_array_size(t))
        return json_array_get(t, (size_t)jsonx_int(check, "exchange", 0));
    return json_array_get(s->list, i);
}

static void add_exchanges(const struct view *v, json_t *failure, const json_t *check,
                          const struct sent *s, bool all) {
    json_t *list = json_array();
    size_t count = json_array_size(s->list);

    for (size_t i = 0; i < count; i++) {
        const json_t *x = fuller(check, s, i);

        if (all || is_judged(s, i))
            json_array_append_new(list,
                                  exchange_view(v, x ? x : json_array_get(s->list, i),
                                                i + 1, is_judged(s, i)));
    }
    json_object_set_new(failure, "exchanges", list);
    json_object_set_new(failure, "count", json_integer((json_int_t)count));
    if (count)
        json_object_set_new(failure, "judged", json_integer((json_int_t)s->to + 1));
}

/* The requests of a row stand once in the page: at the first failure that has them. */
static void add_requests(struct view *v, json_t *failure, const json_t *check) {
    const char *row = text_of(check, "row");
    struct sent s = sent_for(v, check);
    json_t *shown = json_object_get(v->shown_rows, row);

    if (!json_array_size(s.list))
        return;
    if (s.row && !shown)
        json_object_set(v->shown_rows, row, json_object_get(failure, "anchor"));
    else if (s.row)
        json_object_set(failure, "elsewhere", shown);
    add_exchanges(v, failure, check, &s, !shown);
    if (s.to < json_array_size(s.list)) {
        json_t *call = call_of(v, json_array_get(s.list, s.to));

        json_object_set_new(failure, "call", call);
        json_object_set_new(v->calls, json_string_value(call), json_true());
    }
}

/* ---- the whole ---- */

/* "assay report results.json --format sh --check ID -o fault.sh; sh fault.sh" */
static json_t *script_command(const struct view *v, const char *id) {
    struct buf line = BUF_INIT(BUF_UNLIMITED);
    json_t *text;

    buf_adds(&line, "assay report ");
    str_add_shell(&line, v->file, strlen(v->file));
    buf_adds(&line, " --format sh --check ");
    str_add_shell(&line, id, strlen(id));
    buf_adds(&line, " -o fault.sh; sh fault.sh");
    text = jsonx_text(line.ptr, line.len);
    buf_release(&line);
    return text;
}

json_t *view_failure(struct view *v, const json_t *check) {
    static const char *const members[] = {"title", "mismatches", "waiver", "say",
                                          "changed"};
    json_t *f = view_example(v, check);

    json_object_set_new(f, "clause", view_clause_line(v, text_of(check, "clause")));
    json_object_set(f, "whole_reason", json_object_get(check, "reason"));
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(f, check, members[i]);
    if (is_verdict(check, "warn") || is_verdict(check, "waived"))
        json_object_set_new(f, "mild", json_true());
    if (!script_missing(v->results, text_of(check, "id")))
        json_object_set_new(f, "command", script_command(v, text_of(check, "id")));
    add_requests(v, f, check);
    return f;
}
