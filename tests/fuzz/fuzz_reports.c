/* Result documents of anybody: each format is written, each red check's case is a script and a
 * file for hurl; HTML holds no markup of the document. What is no JSON is a curl line. */
#include "core/jsonx.h"
#include "fuzz.h"
#include "reports/curl_words.h"
#include "reports/reports.h"
#include "reports/site.h"

static void curl_line(const char *text) {
    struct curl_request r;

    if (curl_request_parse(&r, text))
        HOLDS(r.url && r.method && r.header_count <= CURL_HEADERS);
    curl_request_release(&r);
}

static void each_format(const json_t *results, const char *check) {
    const struct report_options o = {.check = check};

    for (const char *const *f = report_formats; *f; f++) {
        struct buf out = BUF_INIT(BUF_UNLIMITED);
        struct err err = {0};

        if (!check == !report_format_needs(*f, NEEDS_CHECK) &&
            !report_write(*f, &results, 1, &o, &out, &err))
            HOLDS(err.code != ERR_NONE);
        buf_release(&out);
    }
}

/* One script stands in a page: ours. */
static bool put_file(void *arg, const char *path, const struct buf *bytes,
                     struct err *err) {
    const char *script = strstr(bytes->ptr, "<script");

    (void)arg;
    (void)err;
    HOLDS(!strstr(path, "..") || !strstr(path, "/../"));
    if (strstr(path, ".html"))
        HOLDS(script && !strstr(script + 1, "<script"));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *results = jsonx_load((const char *)data, size, 64, NULL);
    const json_t *checks = json_object_get(results, "checks");
    struct site *site;
    char *text;

    if (!results) {
        text = malloc(size + 1);
        memcpy(text, data, size);
        text[size] = '\0';
        curl_line(text);
        free(text);
    } else if (results_check(results, NULL)) {
        each_format(results, NULL);
        for (size_t i = 0; i < json_array_size(checks) && i < 20; i++)
            each_format(results, jsonx_string(json_array_get(checks, i), "id", ""));
        site = site_new(put_file, NULL);
        HOLDS(site_add(site, "a.json", results, NULL));
        HOLDS(site_finish(site, NULL));
        site_free(site);
    }
    json_decref(results);
    return 0;
}
