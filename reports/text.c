/* Members of a result document come in. Text that is safe in XML and Markdown goes out.
 * */
#include "reports/text.h"

#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"

enum { DETAIL_BYTES = 1200, CURL_BYTES = 2000 };

const char *text_of(const json_t *object, const char *key) {
    return jsonx_string(object, key, "");
}

bool is_verdict(const json_t *check, const char *verdict) {
    return strcmp(text_of(check, "verdict"), verdict) == 0;
}

bool is_red(const json_t *check) {
    return is_verdict(check, "fail") || is_verdict(check, "stale") ||
           is_verdict(check, "error") || is_verdict(check, "blocked");
}

void add_xml(struct buf *out, const char *text, size_t max) {
    size_t len = strlen(text), i = 0;

    while (i < len && i < max) {
        size_t n = str_utf8_step(text + i, len - i);
        unsigned char c = (unsigned char)text[i];
        bool mark = n == 3 && c == 0xe2 &&
                    (((unsigned char)text[i + 1] == 0x80 &&
                      (unsigned char)text[i + 2] >= 0xaa) ||
                     ((unsigned char)text[i + 1] == 0x81 &&
                      (unsigned char)text[i + 2] >= 0xa6 &&
                      (unsigned char)text[i + 2] <= 0xa9));

        if (c == '&')
            buf_adds(out, "&amp;");
        else if (c == '<')
            buf_adds(out, "&lt;");
        else if (c == '>')
            buf_adds(out, "&gt;");
        else if (c == '"')
            buf_adds(out, "&quot;");
        else if (c == '\'')
            buf_adds(out, "&#39;");
        else if (n == 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else if (mark || (n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0) ||
                 (n == 3 && c == 0xef && (unsigned char)text[i + 1] == 0xbf &&
                  (unsigned char)text[i + 2] >= 0xbe))
            for (size_t j = 0; j < n; j++)
                buf_addf(out, "\\x%02x", (unsigned char)text[i + j]);
        else
            buf_add(out, text + i, n);
        i += n ? n : 1;
    }
    if (i < len)
        buf_addf(out, "... (%zu more bytes)", len - i);
}

const json_t *clause_of(const json_t *results, const char *id) {
    const json_t *clauses = json_object_get(results, "clauses");

    for (size_t i = 0; i < json_array_size(clauses); i++)
        if (strcmp(text_of(json_array_get(clauses, i), "id"), id) == 0)
            return json_array_get(clauses, i);
    return NULL;
}

const json_t *exchange_of(const json_t *check) {
    const json_t *t = json_object_get(check, "transcript");

    return json_array_get(t, json_array_size(t) - 1);
}

static void add_line(struct buf *out, const char *indent, const char *label,
                     const char *text, size_t max) {
    if (!*text)
        return;
    buf_addf(out, "%s%-10s", indent, label);
    str_add_visible(out, text, strlen(text), max);
    buf_addc(out, '\n');
}

/* Half a command line is worse than none. */
static void add_curl(struct buf *out, const char *indent, const char *line) {
    if (strlen(line) <= CURL_BYTES)
        add_line(out, indent, "repeat", line, CURL_BYTES);
    else
        buf_addf(out,
                 "%s%-10sa line of %zu characters; the result document and the HTML "
                 "report have it\n",
                 indent, "repeat", strlen(line));
}

void add_details(struct buf *out, const json_t *check, const char *indent) {
    const json_t *m = json_object_get(check, "mismatches"), *x = exchange_of(check);

    add_line(out, indent, "because", text_of(check, "reason"), DETAIL_BYTES);
    for (size_t i = 0; i < json_array_size(m); i++) {
        const json_t *one = json_array_get(m, i);

        add_line(out, indent, "at", text_of(one, "pointer"), DETAIL_BYTES);
        add_line(out, indent, "expected", text_of(one, "expected"), DETAIL_BYTES);
        add_line(out, indent, "got", text_of(one, "got"), DETAIL_BYTES);
    }
    if (x) {
        add_line(out, indent, "answer", text_of(x, "response_body"), DETAIL_BYTES);
        add_curl(out, indent, text_of(x, "curl"));
    }
}

long long clauses_offered(const json_t *level) {
    return jsonx_int(level, "clauses", 0) - jsonx_int(level, "not_offered", 0);
}

const json_t *check_named(const json_t *results, const char *id) {
    const json_t *checks = json_object_get(results, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++)
        if (strcmp(text_of(json_array_get(checks, i), "id"), id) == 0)
            return json_array_get(checks, i);
    return NULL;
}
