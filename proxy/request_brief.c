/* In: a request, of a client or of a recording. Out: one line of text about it. */
#include "proxy/request_brief.h"

#include <string.h>

#include "core/form.h"
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
