/* A recording, or an HTTP Archive of any tool, comes in. The other one of the two goes
 * out. */
#include "recording/har.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/identity_key.h"
#include "recording/redact/redactor.h"

/* --- out --- */

enum { MAX_ATTACHED = 1 << 28, HAR_PIECE = 1 << 18 };

static const char page_id[] = "page_1";

static void headers_out(struct json_pen *p, const struct http_headers *h) {
    json_pen_name(p, "headers");
    json_pen_begin(p, '[');
    for (size_t i = 0; i < h->count; i++) {
        json_pen_begin(p, '{');
        json_pen_name(p, "name");
        json_pen_word(p, h->items[i].name);
        json_pen_name(p, "value");
        json_pen_word(p, h->items[i].value);
        json_pen_end(p);
    }
    json_pen_end(p);
}

static void query_out(struct json_pen *p, const char *query) {
    struct form form = {0};

    form_parse(&form, query, strlen(query), 10000, NULL);
    json_pen_name(p, "queryString");
    json_pen_begin(p, '[');
    for (size_t i = 0; i < form.count; i++) {
        json_pen_begin(p, '{');
        json_pen_name(p, "name");
        json_pen_text(p, form.pairs[i].key, form.pairs[i].key_len);
        json_pen_name(p, "value");
        json_pen_text(p, form.pairs[i].value, form.pairs[i].value_len);
        json_pen_end(p);
    }
    json_pen_end(p);
    form_release(&form);
}

static void word_out(struct json_pen *p, const char *name, const char *value) {
    json_pen_name(p, name);
    json_pen_word(p, value);
}

static void int_out(struct json_pen *p, const char *name, int64_t value) {
    json_pen_name(p, name);
    json_pen_int(p, value);
}

static void empty_out(struct json_pen *p, const char *name, char open) {
    json_pen_name(p, name);
    json_pen_begin(p, open);
    json_pen_end(p);
}

static void request_out(struct json_pen *p, const struct recording *r,
                        const struct recorded *x) {
    const struct http_request *q = &x->request;
    const char *type = http_headers_get(&q->headers, "Content-Type");
    struct buf url = BUF_INIT(BUF_UNLIMITED);

    buf_adds(&url, r->upstream ? r->upstream : "http://unknown.invalid");
    buf_adds(&url, q->target);
    json_pen_name(p, "request");
    json_pen_begin(p, '{');
    word_out(p, "method", q->method);
    json_pen_name(p, "url");
    json_pen_text(p, url.ptr, url.len);
    word_out(p, "httpVersion", "HTTP/1.1");
    empty_out(p, "cookies", '[');
    headers_out(p, &q->headers);
    query_out(p, http_target_query(q->target));
    int_out(p, "headersSize", -1);
    int_out(p, "bodySize", (int64_t)q->body_len);
    if (q->body) {
        json_pen_name(p, "postData");
        json_pen_begin(p, '{');
        word_out(p, "mimeType", type ? type : "");
        json_pen_name(p, "text");
        json_pen_text(p, q->body, q->body_len);
        json_pen_end(p);
    }
    json_pen_end(p);
    buf_release(&url);
}

static void content_out(struct json_pen *p, const struct http_response *a) {
    const char *type = http_headers_get(&a->headers, "Content-Type");

    json_pen_name(p, "content");
    json_pen_begin(p, '{');
    int_out(p, "size", (int64_t)a->body_len);
    word_out(p, "mimeType", type ? type : "application/octet-stream");
    if (a->body && str_utf8_valid(a->body, a->body_len)) {
        json_pen_name(p, "text");
        json_pen_text(p, a->body, a->body_len);
    } else if (a->body) {
        struct buf base64 = BUF_INIT(BUF_UNLIMITED);

        str_add_base64(&base64, a->body, a->body_len);
        word_out(p, "text", base64.ptr);
        word_out(p, "encoding", "base64");
        buf_release(&base64);
    }
    json_pen_end(p);
}

static void response_out(struct json_pen *p, const struct recorded *x) {
    const struct http_response *a = &x->response;
    const char *location = http_headers_get(&a->headers, "Location");

    json_pen_name(p, "response");
    json_pen_begin(p, '{');
    int_out(p, "status", a->status);
    word_out(p, "statusText", a->reason ? a->reason : "");
    word_out(p, "httpVersion", "HTTP/1.1");
    empty_out(p, "cookies", '[');
    headers_out(p, &a->headers);
    content_out(p, a);
    word_out(p, "redirectURL", location ? location : "");
    int_out(p, "headersSize", -1);
    int_out(p, "bodySize", (int64_t)a->body_len);
    if (x->outcome != OUTCOME_ANSWERED) {
        char *comment = mem_printf("%s: %s", outcome_name(x->outcome),
                                   x->failure ? x->failure : "");

        word_out(p, "comment", comment);
        free(comment);
    }
    json_pen_end(p);
}

static void time_out(struct json_pen *p, int64_t epoch_us) {
    time_t s = (time_t)(epoch_us / 1000000);
    struct tm tm;
    char day[32], text[48];

    gmtime_r(&s, &tm);
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, sizeof(text), "%s.%06dZ", day, (int)(epoch_us % 1000000));
    word_out(p, "startedDateTime", text);
}

/* One page for all: some readers want every entry to belong to one. */
static void pages_out(struct json_pen *p, const struct recording *r) {
    json_pen_name(p, "pages");
    json_pen_begin(p, '[');
    json_pen_begin(p, '{');
    time_out(p, r->started_ms * 1000);
    word_out(p, "id", page_id);
    word_out(p, "title", r->upstream ? r->upstream : "assay");
    json_pen_name(p, "pageTimings");
    json_pen_begin(p, '{');
    int_out(p, "onContentLoad", -1);
    int_out(p, "onLoad", -1);
    json_pen_end(p);
    json_pen_end(p);
    json_pen_end(p);
}

static void head_out(struct json_pen *p, const struct recording *r) {
    json_pen_begin(p, '{');
    json_pen_name(p, "log");
    json_pen_begin(p, '{');
    word_out(p, "version", "1.2");
    json_pen_name(p, "creator");
    json_pen_begin(p, '{');
    word_out(p, "name", "assay");
    word_out(p, "version", r->tool ? r->tool : "");
    json_pen_end(p);
    pages_out(p, r);
    json_pen_name(p, "entries");
    json_pen_begin(p, '[');
}

static void entry_out(struct json_pen *p, const struct recording *r,
                      const struct recorded *x, size_t session) {
    int64_t us = x->ended_us > x->began_us ? x->ended_us - x->began_us : 0;

    json_pen_begin(p, '{');
    word_out(p, "pageref", page_id);
    int_out(p, "_session", (int64_t)session); /* ours alone, as its underscore says */
    time_out(p, r->started_ms * 1000 + x->began_us);
    json_pen_name(p, "time");
    json_pen_thousandths(p, us);
    request_out(p, r, x);
    response_out(p, x);
    empty_out(p, "cache", '{');
    json_pen_name(p, "timings");
    json_pen_begin(p, '{');
    json_pen_name(p, "send");
    json_pen_thousandths(p, 0);
    json_pen_name(p, "wait");
    json_pen_thousandths(p, us);
    json_pen_name(p, "receive");
    json_pen_thousandths(p, 0);
    json_pen_end(p);
    json_pen_end(p);
}

static void tail_out(struct json_pen *p, const struct recording *r) {
    json_pen_end(p);
    if (r->marks) {
        char *marks = json_dumps(r->marks, JSON_COMPACT);

        json_pen_name(p, "_marks");
        json_pen_json(p, marks, strlen(marks));
        free(marks);
    }
    json_pen_end(p);
    json_pen_end(p);
    buf_addc(p->out, '\n');
}

bool har_write(struct har_writing *w, struct buf *out) {
    const struct recording *r = w->recording;

    w->pen.out = out;
    if (!w->begun)
        head_out(&w->pen, r);
    w->begun = true;
    for (; w->next < r->count && out->len < HAR_PIECE; w->next++) {
        const struct recorded *x = &r->items[w->next];

        while (w->session + 1 < r->session_count &&
               r->sessions[w->session + 1].from <= x->number)
            w->session++;
        entry_out(&w->pen, r, x, w->session);
    }
    if (w->next < r->count)
        return true;
    tail_out(&w->pen, r);
    return false;
}

/* --- in --- */

bool har_is(const json_t *value) {
    return json_is_array(jsonx_at(value, "/log/entries"));
}

/* Text of a member that some tools write as a number; lends or fills `space`. */
static const char *text_of(const json_t *value, char space[32]) {
    if (json_is_integer(value))
        snprintf(space, 32, "%lld", (long long)json_integer_value(value));
    else
        return json_is_string(value) ? json_string_value(value) : "";
    return space;
}

static void headers_in(const json_t *list, struct http_headers *h) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        char space[32];

        archive_header(h, jsonx_string(pair, "name", ""),
                       text_of(json_object_get(pair, "value"), space));
    }
}

static bool add_hex(struct buf *out, const char *text) {
    size_t len = strlen(text);

    if (len % 2 || strspn(text, "0123456789abcdefABCDEF") != len)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        char pair[3] = {text[i], text[i + 1], '\0'};

        buf_addc(out, (char)strtol(pair, NULL, 16));
    }
    return true;
}

/* Polly.js keeps encoded bodies as a list of chunks inside the text: ["H4sIA..", ..] in
 * base64, in older versions in hex. */
static bool add_chunks(struct buf *out, const char *text, size_t len) {
    json_t *list = len && *text == '[' ? jsonx_load(text, len, 2, NULL) : NULL;
    bool ok = json_array_size(list) > 0;

    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const char *chunk = json_string_value(json_array_get(list, i));

        ok = chunk &&
             (add_hex(out, chunk) || str_from_base64(out, chunk, strlen(chunk)));
    }
    if (!ok)
        buf_cut(out, 0);
    json_decref(list);
    return ok;
}

/* The bytes of a `content` or `postData`; false if their encoding is unknown. */
static bool add_bytes(struct buf *out, const json_t *content) {
    const json_t *text = json_object_get(content, "text");
    const char *encoding = jsonx_string(content, "encoding", "");
    bool base64 = str_equal_nocase(encoding, "base64"),
         chunks = base64 || json_is_true(json_object_get(content, "_isBinary"));

    if (chunks && add_chunks(out, json_string_value(text), json_string_length(text)))
        return true;
    if (!base64 ||
        !str_from_base64(out, json_string_value(text), json_string_length(text))) {
        buf_cut(out, 0);
        buf_add(out, json_string_value(text), json_string_length(text));
    }
    return !*encoding || base64 || str_equal_nocase(encoding, "utf-8") ||
           str_equal_nocase(encoding, "utf8");
}

static void params_in(const json_t *params, struct recorded *x) {
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    struct form form = {0};

    for (size_t i = 0; i < json_array_size(params); i++) {
        const json_t *p = json_array_get(params, i);
        const char *name = jsonx_string(p, "name", ""),
                   *value = jsonx_string(p, "value", "");

        form_add(&form, name, strlen(name), value, strlen(value));
    }
    form_write(&body, &form, 0);
    archive_request_body(x, body.ptr, body.len);
    form_release(&form);
    buf_release(&body);
}

static void post_in(const json_t *post, struct recorded *x) {
    const json_t *params = json_object_get(post, "params");
    struct buf body = BUF_INIT(BUF_UNLIMITED);

    if (json_is_string(json_object_get(post, "text"))) {
        add_bytes(&body, post);
        archive_request_body(x, body.ptr, body.len);
    } else if (json_array_size(params)) {
        params_in(params, x);
    }
    buf_release(&body);
}

static bool may_have_body(const struct recorded *x, int status) {
    return strcmp(x->request.method, "HEAD") != 0 && status >= 200 && status != 204 &&
           status != 304;
}

/* Playwright may attach bodies as files in the folder of the archive. */
static bool add_attached(struct buf *out, const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    char *file, *bytes;
    size_t len;

    if (strchr(name, '/') || *name == '.')
        return false;
    file = mem_printf("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
    bytes = file_slurp(file, MAX_ATTACHED, &len, NULL);
    if (bytes)
        buf_add(out, bytes, len);
    free(file);
    free(bytes);
    return bytes != NULL;
}

static void content_in(struct archive *a, const json_t *content, struct recorded *x,
                       int status) {
    const char *attached = jsonx_string(content, "_file", NULL);
    struct buf body = BUF_INIT(BUF_UNLIMITED);

    if (attached && a->path && add_attached(&body, a->path, attached))
        archive_response_body(a, x, body.ptr, body.len);
    else if (!json_is_string(json_object_get(content, "text"))) {
        if (may_have_body(x, status) && jsonx_int(content, "size", -1) != 0)
            archive_no_body(a, x, "the archive does not hold the answer's body");
    } else if (!add_bytes(&body, content)) {
        archive_no_body(a, x, "the encoding of the body in the archive is unknown");
    } else {
        archive_response_body(a, x, body.ptr, body.len);
    }
    buf_release(&body);
}

/* Some write a number, of milliseconds. */
static int64_t began_of(const json_t *entry) {
    const json_t *at = json_object_get(entry, "startedDateTime");

    if (json_is_number(at) && json_number_value(at) > 0 && json_number_value(at) < 1e15)
        return (int64_t)(json_number_value(at) * 1000);
    return json_is_string(at) ? archive_time(json_string_value(at)) : ARCHIVE_NO_TIME;
}

static int64_t took_of(const json_t *entry) {
    double ms = json_number_value(json_object_get(entry, "time"));

    return ms > 0 && ms < 1e12 ? (int64_t)(ms * 1000) : 0;
}

static void entry_in(struct archive *a, const json_t *entry) {
    const json_t *q = json_object_get(entry, "request"),
                 *answer = json_object_get(entry, "response");
    const char *error = jsonx_string(answer, "_error", NULL);
    char *why = error ? mem_printf("the archive holds no answer: %.100s", error)
                      : mem_strdup("the archive holds no answer");
    char space[32];
    int status =
        (int)strtol(text_of(json_object_get(answer, "status"), space), NULL, 10);
    struct recorded *x =
        archive_entry(a, jsonx_string(q, "method", "GET"), jsonx_string(q, "url", ""),
                      began_of(entry), took_of(entry));

    if (x) {
        headers_in(json_object_get(q, "headers"), &x->request.headers);
        post_in(json_object_get(q, "postData"), x);
        if (status >= 100 && status <= 599) {
            headers_in(json_object_get(answer, "headers"), &x->response.headers);
            content_in(a, json_object_get(answer, "content"), x, status);
        }
        archive_answered(a, x, status, jsonx_string(answer, "statusText", ""), why);
        if (a->keys_are_complete)
            archive_session(a, (int)jsonx_int(entry, "_session", 0));
    }
    free(why);
}

static const char *wrong_with(const json_t *entry) {
    const char *method = json_string_value(jsonx_at(entry, "/request/method"));

    if (!json_is_object(entry))
        return "it is no object";
    if (!json_is_object(json_object_get(entry, "request")))
        return "`request` is missing";
    if (!json_is_string(jsonx_at(entry, "/request/url")))
        return "`request.url` is missing";
    if (!method || !*method || strpbrk(method, " \t\r\n"))
        return "`request.method` is none";
    return NULL;
}

static void marks_in(const json_t *marks, struct recording *r) {
    const char *token;
    json_t *mark;

    json_object_foreach((json_t *)(uintptr_t)marks, token, mark)
        if (json_is_string(mark) && identity_mark_valid(json_string_value(mark)) &&
            redactor_token(token, strlen(token)) == strlen(token))
            recording_add_mark(r, token, json_string_value(mark));
}

bool har_to(const json_t *har, struct archive *a, struct err *err) {
    const json_t *entries = jsonx_at(har, "/log/entries");
    const char *creator = json_string_value(jsonx_at(har, "/log/creator/name"));

    a->keys_are_complete = creator && strcmp(creator, "assay") == 0;
    if (!json_is_array(entries))
        return err_at(err, ERR_SYNTAX, 0, 0, "is no HAR: /log/entries is missing");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);

        if (!wrong_with(entry))
            archive_saw(a, json_string_value(jsonx_at(entry, "/request/url")));
    }
    if (!archive_choose(a, err))
        return false;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);

        if (wrong_with(entry))
            archive_leave_out(a, i + 1, wrong_with(entry));
        else
            entry_in(a, entry);
    }
    archive_finish(a);
    if (a->keys_are_complete)
        marks_in(jsonx_at(har, "/log/_marks"), a->recording);
    return true;
}
