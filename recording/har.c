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

enum { MAX_ATTACHED = 1 << 28 };

static const char page_id[] = "page_1";

static json_t *headers_out(const struct http_headers *h) {
    json_t *list = json_array();

    for (size_t i = 0; i < h->count; i++)
        json_array_append_new(
            list,
            json_pack("{s:o, s:o}", "name",
                      jsonx_text(h->items[i].name, strlen(h->items[i].name)), "value",
                      jsonx_text(h->items[i].value, strlen(h->items[i].value))));
    return list;
}

static json_t *query_out(const char *query) {
    json_t *list = json_array();
    struct form form = {0};

    form_parse(&form, query, strlen(query), 10000, NULL);
    for (size_t i = 0; i < form.count; i++)
        json_array_append_new(
            list,
            json_pack("{s:o, s:o}", "name",
                      jsonx_text(form.pairs[i].key, form.pairs[i].key_len), "value",
                      jsonx_text(form.pairs[i].value, form.pairs[i].value_len)));
    form_release(&form);
    return list;
}

static json_t *request_out(const struct recording *r, const struct recorded *x) {
    const struct http_request *q = &x->request;
    const char *type = http_headers_get(&q->headers, "Content-Type");
    char *url = mem_printf("%s%s", r->upstream ? r->upstream : "http://unknown.invalid",
                           q->target);
    json_t *out = json_pack("{s:o, s:o, s:s, s:[], s:o, s:o, s:i, s:I}", "method",
                            jsonx_text(q->method, strlen(q->method)), "url",
                            jsonx_text(url, strlen(url)), "httpVersion", "HTTP/1.1",
                            "cookies", "headers", headers_out(&q->headers),
                            "queryString", query_out(http_target_query(q->target)),
                            "headersSize", -1, "bodySize", (json_int_t)q->body_len);

    if (q->body)
        json_object_set_new(out, "postData",
                            json_pack("{s:s, s:o}", "mimeType", type ? type : "",
                                      "text", jsonx_text(q->body, q->body_len)));
    free(url);
    return out;
}

static json_t *content_out(const struct http_response *a) {
    const char *type = http_headers_get(&a->headers, "Content-Type");
    json_t *content = json_pack("{s:I, s:s}", "size", (json_int_t)a->body_len,
                                "mimeType", type ? type : "application/octet-stream");

    if (a->body && str_utf8_valid(a->body, a->body_len)) {
        json_object_set_new(content, "text", jsonx_text(a->body, a->body_len));
    } else if (a->body) {
        struct buf base64 = BUF_INIT(BUF_UNLIMITED);

        str_add_base64(&base64, a->body, a->body_len);
        json_object_set_new(content, "text", json_string(base64.ptr));
        json_object_set_new(content, "encoding", json_string("base64"));
        buf_release(&base64);
    }
    return content;
}

static json_t *response_out(const struct recorded *x) {
    const struct http_response *a = &x->response;
    const char *location = http_headers_get(&a->headers, "Location");
    json_t *out =
        json_pack("{s:i, s:s, s:s, s:[], s:o, s:o, s:s, s:i, s:I}", "status", a->status,
                  "statusText", a->reason ? a->reason : "", "httpVersion", "HTTP/1.1",
                  "cookies", "headers", headers_out(&a->headers), "content",
                  content_out(a), "redirectURL", location ? location : "",
                  "headersSize", -1, "bodySize", (json_int_t)a->body_len);

    if (x->outcome != OUTCOME_ANSWERED)
        json_object_set_new(out, "comment",
                            json_sprintf("%s: %s", outcome_name(x->outcome),
                                         x->failure ? x->failure : ""));
    return out;
}

static json_t *time_out(int64_t epoch_us) {
    time_t s = (time_t)(epoch_us / 1000000);
    struct tm tm;
    char text[32];

    gmtime_r(&s, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return json_sprintf("%s.%06dZ", text, (int)(epoch_us % 1000000));
}

/* One page for all: some readers want every entry to belong to one. */
static json_t *pages_out(const struct recording *r) {
    return json_pack("[{s:o, s:s, s:s, s:{s:i, s:i}}]", "startedDateTime",
                     time_out(r->started_ms * 1000), "id", page_id, "title",
                     r->upstream ? r->upstream : "assay", "pageTimings",
                     "onContentLoad", -1, "onLoad", -1);
}

/* Ours alone, as names with an underscore are: which session an entry is of. */
static int session_of(const struct recording *r, const struct recorded *x) {
    int session = 0;

    for (size_t i = 1; i < r->session_count && r->sessions[i].from <= x->number; i++)
        session = (int)i;
    return session;
}

json_t *har_from(const struct recording *r) {
    json_t *entries = json_array(), *har;

    for (size_t i = 0; i < r->count; i++) {
        const struct recorded *x = &r->items[i];
        double ms =
            x->ended_us > x->began_us ? (double)(x->ended_us - x->began_us) / 1000 : 0;

        json_array_append_new(
            entries,
            json_pack("{s:s, s:i, s:o, s:f, s:o, s:o, s:{}, s:{s:f, s:f, s:f}}",
                      "pageref", page_id, "_session", session_of(r, x),
                      "startedDateTime", time_out(r->started_ms * 1000 + x->began_us),
                      "time", ms, "request", request_out(r, x), "response",
                      response_out(x), "cache", "timings", "send", 0.0, "wait", ms,
                      "receive", 0.0));
    }
    har = json_pack("{s:{s:s, s:{s:s, s:s}, s:o, s:o}}", "log", "version", "1.2",
                    "creator", "name", "assay", "version", r->tool ? r->tool : "",
                    "pages", pages_out(r), "entries", entries);
    if (r->marks)
        json_object_set(json_object_get(har, "log"), "_marks", r->marks);
    return har;
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
