/* A result document comes in. One HTML page goes out that needs nothing else. */
#include "reports/html.h"

#include <string.h>

#include "core/str.h"
#include "reports/mustache.h"
#include "reports/view.h"

static unsigned hex_digit(char c) {
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "sha256-BASE64", as a Content-Security-Policy names a style or script. */
static json_t *csp_hash(const char *text) {
    char hex[65];
    unsigned char digest[32];
    struct buf out = BUF_INIT(100);
    json_t *hash;

    str_sha256(text, strlen(text), hex);
    for (size_t i = 0; i < sizeof(digest); i++)
        digest[i] =
            (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    buf_adds(&out, "sha256-");
    str_add_base64(&out, digest, sizeof(digest));
    hash = json_string(out.ptr);
    buf_release(&out);
    return hash;
}

static void add_own_file(json_t *page, const char *key, const char *hash_key,
                         const char *name) {
    const char *text = mustache_template(name);

    json_object_set_new(page, key, json_string(text));
    json_object_set_new(page, hash_key, csp_hash(text));
}

bool html_page(struct buf *out, const char *name, json_t *page) {
    add_own_file(page, "style", "style_hash", "report.css");
    add_own_file(page, "script", "script_hash", "report.js");
    return mustache_fill(out, name, page, NULL);
}

bool write_html(const json_t *results, const struct report_options *o,
                struct buf *out) {
    struct view v;
    json_t *page;
    bool ok;

    view_open(&v, results, o);
    page = view_report(&v);
    ok = html_page(out, "report.html", page);
    json_decref(page);
    view_close(&v);
    return ok;
}
