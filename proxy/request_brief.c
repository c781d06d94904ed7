/* In: a request, of a client or of a recording. Out: one line of text about it. */
#include "proxy/request_brief.h"

#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/str.h"
#include "recording/redact/secret_names.h"

enum { MAX_PAIRS = 30, MAX_PATH = 200, MAX_KEY = 60, MAX_VALUE = 80 };

static void add_pairs(struct buf *out, const char *text, size_t len) {
    struct form form = {0};

    form_parse(&form, text, len, MAX_PAIRS, NULL);
    for (size_t i = 0; i < form.count; i++) {
        const struct form_pair *p = &form.pairs[i];

        buf_addc(out, ' ');
        str_add_visible(out, p->key, p->key_len, MAX_KEY);
        buf_addc(out, '=');
        if (secret_name_hides(p->key))
            buf_adds(out, "(hidden)");
        else
            str_add_visible(out, p->value, p->value_len, MAX_VALUE);
    }
    form_release(&form);
}

void request_brief(struct buf *out, const struct http_request *q) {
    const char *type = http_headers_get(&q->headers, "Content-Type"),
               *query = http_target_query(q->target);
    char media[64] = "";

    buf_addf(out, "%.20s ", q->method);
    str_add_visible(out, q->target, http_target_path_len(q->target), MAX_PATH);
    add_pairs(out, query, strlen(query));
    if (!q->body)
        return;
    if (type)
        http_media_type(type, media, sizeof(media));
    if (!*media || strcmp(media, "application/x-www-form-urlencoded") == 0)
        add_pairs(out, q->body, q->body_len);
    else
        buf_addf(out, " (%s, %zu bytes)", media, q->body_len);
}

static void add_params(json_t *list, const char *text, size_t len) {
    struct form form = {0};

    form_parse(&form, text, len, MAX_PAIRS, NULL);
    for (size_t i = 0; i < form.count; i++) {
        const struct form_pair *p = &form.pairs[i];
        json_t *value = secret_name_hides(p->key) ? json_string("(hidden)")
                                                  : jsonx_text(p->value, p->value_len);

        json_array_append_new(
            list, json_pack("[o, o]", jsonx_text(p->key, p->key_len), value));
    }
    form_release(&form);
}

static bool is_form(const struct http_request *q) {
    const char *type = http_headers_get(&q->headers, "Content-Type");
    char media[64] = "";

    if (type)
        http_media_type(type, media, sizeof(media));
    return !*media || strcmp(media, "application/x-www-form-urlencoded") == 0;
}

json_t *request_params(const struct http_request *q) {
    const char *query = http_target_query(q->target);
    json_t *list = json_array();

    add_params(list, query, strlen(query));
    if (q->body && is_form(q))
        add_params(list, q->body, q->body_len);
    return list;
}

/* The n-th value of that name; NULL = there is none. */
static const char *param(const json_t *list, const char *name, size_t n) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);

        if (strcmp(json_string_value(json_array_get(pair, 0)), name) == 0 && n-- == 0)
            return json_string_value(json_array_get(pair, 1));
    }
    return NULL;
}

static size_t count_before(const json_t *list, size_t end, const char *name) {
    size_t n = 0;

    for (size_t i = 0; i < end; i++)
        n += strcmp(json_string_value(json_array_get(json_array_get(list, i), 0)),
                    name) == 0;
    return n;
}

json_t *request_params_differ(const json_t *here, const json_t *there) {
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(here); i++) {
        const json_t *pair = json_array_get(here, i);
        const char *name = json_string_value(json_array_get(pair, 0)),
                   *value = json_string_value(json_array_get(pair, 1)),
                   *other = param(there, name, count_before(here, i, name));

        if (!other)
            json_array_append_new(out, json_sprintf("%s: only here", name));
        else if (strcmp(value, other) != 0)
            json_array_append_new(out,
                                  json_sprintf("%s: %s for %s", name, value, other));
    }
    return out;
}
