#include "recording/har.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

/* --- out --- */

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

json_t *har_from(const struct recording *r) {
    json_t *entries = json_array();

    for (size_t i = 0; i < r->count; i++) {
        const struct recorded *x = &r->items[i];
        double ms = (double)(x->ended_us - x->began_us) / 1000;

        json_array_append_new(entries,
                              json_pack("{s:o, s:f, s:o, s:o, s:{}, s:{s:f, s:f, s:f}}",
                                        "startedDateTime",
                                        time_out(r->started_ms * 1000 + x->began_us),
                                        "time", ms, "request", request_out(r, x),
                                        "response", response_out(x), "cache", "timings",
                                        "send", 0.0, "wait", ms, "receive", 0.0));
    }
    return json_pack("{s:{s:s, s:{s:s, s:s}, s:o}}", "log", "version", "1.2", "creator",
                     "name", "assay", "version", r->tool ? r->tool : "", "entries",
                     entries);
}

/* --- in --- */

bool har_is(const json_t *value) {
    return json_is_array(jsonx_at(value, "/log/entries"));
}

/* An answer to HEAD keeps its length: it is not that of its body. */
static void headers_in(const json_t *list, struct http_headers *h, bool decoded,
                       bool head) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        const char *name = jsonx_string(pair, "name", ""),
                   *value = jsonx_string(pair, "value", "");

        if (!*name || *name == ':' ||
            (!head && str_equal_nocase(name, "Content-Length")) ||
            str_equal_nocase(name, "Transfer-Encoding") ||
            (decoded && str_equal_nocase(name, "Content-Encoding")))
            continue; /* pseudo-headers of HTTP/2, and the framing */
        http_headers_add(h, name, value);
    }
}

static void post_in(const json_t *post, struct http_request *q) {
    const json_t *text = json_object_get(post, "text"),
                 *params = json_object_get(post, "params");

    if (json_is_string(text)) {
        http_request_body(q, json_string_value(text), json_string_length(text));
    } else if (json_array_size(params)) {
        struct buf body = BUF_INIT(BUF_UNLIMITED);
        struct form form = {0};

        for (size_t i = 0; i < json_array_size(params); i++) {
            const json_t *p = json_array_get(params, i);
            const char *name = jsonx_string(p, "name", ""),
                       *value = jsonx_string(p, "value", "");

            form_add(&form, name, strlen(name), value, strlen(value));
        }
        form_write(&body, &form, 0);
        http_request_body(q, body.ptr, body.len);
        form_release(&form);
        buf_release(&body);
    }
}

static bool has_body(const struct recorded *x) {
    return strcmp(x->request.method, "HEAD") != 0 && x->response.status >= 200 &&
           x->response.status != 204 && x->response.status != 304;
}

static void content_in(const json_t *content, struct recorded *x,
                       struct har_report *report) {
    struct http_response *a = &x->response;
    const json_t *text = json_object_get(content, "text");
    const char *encoding = jsonx_string(content, "encoding", "");
    struct buf body = BUF_INIT(BUF_UNLIMITED);

    if (!json_is_string(text)) {
        if (has_body(x) && jsonx_int(content, "size", -1) != 0) {
            report->no_body++;
            x->outcome = OUTCOME_PARTIAL;
            x->failure = mem_strdup("the archive does not hold the answer's body");
        }
        http_response_body(a, "", 0);
        return;
    }
    if (strcmp(encoding, "base64") != 0 ||
        !str_from_base64(&body, json_string_value(text), json_string_length(text))) {
        buf_cut(&body, 0);
        buf_add(&body, json_string_value(text), json_string_length(text));
    }
    http_response_body(a, body.ptr, body.len);
    buf_release(&body);
}

/* ISO 8601 with a fraction and a zone: microseconds since the epoch */
static int64_t time_in(const char *text) {
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int64_t us, unit = 100000;
    int hours, minutes;

    if (!rest)
        return 0;
    us = (int64_t)timegm(&tm) * 1000000;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            us += (*rest - '0') * unit;
    if ((*rest == '+' || *rest == '-') &&
        sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2)
        us -= (*rest == '+' ? 1 : -1) * (hours * 60 + minutes) * (int64_t)60000000;
    return us;
}

/* The length of scheme://host of a URL; 0 = it is not http. */
static size_t origin_len(const char *url) {
    const char *at = strstr(url, "://");

    if (!at || (strncmp(url, "http:", 5) != 0 && strncmp(url, "https:", 6) != 0))
        return 0;
    return (size_t)(at + 3 - url) + strcspn(at + 3, "/?#");
}

static void entry_in(const json_t *entry, const char *url, size_t origin, bool keys,
                     struct recording *r, struct har_report *report) {
    struct recorded *x = recording_add(r);
    const json_t *q = json_object_get(entry, "request"),
                 *a = json_object_get(entry, "response");
    int64_t at = time_in(jsonx_string(entry, "startedDateTime", ""));
    const char *reason = jsonx_string(a, "statusText", "");
    size_t fragment = strcspn(url + origin, "#");
    char *target = mem_strndup(url + origin, fragment);

    if (!r->started_ms)
        r->started_ms = at / 1000;
    x->began_us = at - r->started_ms * 1000;
    x->ended_us = x->began_us +
                  (int64_t)(json_number_value(json_object_get(entry, "time")) * 1000);
    http_request_set(&x->request, jsonx_string(q, "method", "GET"),
                     *target == '/' ? target : "/");
    free(target);
    headers_in(json_object_get(q, "headers"), &x->request.headers, false, false);
    post_in(json_object_get(q, "postData"), &x->request);
    x->response.status = (int)jsonx_int(a, "status", 0);
    if (x->response.status < 100 || x->response.status > 599) {
        x->response.status = 0;
        x->outcome = OUTCOME_RESET;
        x->failure = mem_strdup("the archive holds no answer");
        return;
    }
    x->response.reason = *reason ? mem_strdup(reason) : NULL;
    headers_in(json_object_get(a, "headers"), &x->response.headers, true,
               strcmp(x->request.method, "HEAD") == 0);
    content_in(json_object_get(a, "content"), x, report);
    if (!keys && x->response.status != 401 &&
        !http_headers_get(&x->request.headers, "Authorization")) {
        report->no_key++;
        http_headers_add(&x->request.headers, "Authorization", "Basic key:left_out");
    }
}

static int by_time(const void *a, const void *b) {
    const struct recorded *x = a, *y = b;

    if (x->began_us != y->began_us)
        return x->began_us < y->began_us ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

bool har_to(const json_t *har, struct recording *r, struct har_report *report,
            struct err *err) {
    const json_t *entries = jsonx_at(har, "/log/entries");
    const char *creator = json_string_value(jsonx_at(har, "/log/creator/name"));
    bool keys = creator && strcmp(creator, "assay") == 0; /* ours leaves none out */

    memset(report, 0, sizeof(*report));
    if (!json_is_array(entries))
        return err_at(err, ERR_SYNTAX, 0, 0, "is no HAR: /log/entries is missing");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const char *url = json_string_value(jsonx_at(entry, "/request/url"));
        size_t origin = url ? origin_len(url) : 0;

        if (!url || !json_is_object(json_object_get(entry, "response")))
            return err_at(err, ERR_SYNTAX, 0, 0, "/log/entries/%zu: \"%s\" is missing",
                          i, url ? "response" : "request/url");
        if (!r->upstream && origin)
            r->upstream = mem_strndup(url, origin);
        if (!origin)
            report->not_http++;
        else if (strlen(r->upstream) != origin || memcmp(r->upstream, url, origin) != 0)
            report->other_origin++;
        else
            entry_in(entry, url, origin, keys, r, report);
    }
    if (r->count)
        qsort(r->items, r->count, sizeof(*r->items), by_time);
    for (size_t i = 0; i < r->count; i++)
        r->items[i].number = i + 1;
    report->taken = r->count;
    return true;
}
