/* A result document comes in. JUnit XML goes out. */
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"
#include "reports/text.h"
#include "reports/writers.h"

enum { SHORT = 500, LONG = 20000 };

/* What readers of JUnit know: failure, error, skipped; warn passes and says so. */
static const struct {
    const char *verdict, *element;
} elements[] = {
    {"fail", "failure"}, {"stale", "failure"}, {"blocked", "error"},
    {"error", "error"},  {"skip", "skipped"},  {"waived", "skipped"},
};

static const char *element_of(const json_t *check) {
    for (size_t i = 0; i < ARRAY_LEN(elements); i++)
        if (is_verdict(check, elements[i].verdict))
            return elements[i].element;
    return NULL;
}

static void add_message(struct buf *out, const json_t *check) {
    const json_t *m = json_array_get(json_object_get(check, "mismatches"), 0);

    buf_addf(out, "%s %s: ", text_of(check, "clause"), text_of(check, "level"));
    if (m) {
        add_xml(out, text_of(m, "pointer"), SHORT);
        buf_adds(out, " expected ");
        add_xml(out, text_of(m, "expected"), SHORT);
        buf_adds(out, ", got ");
        add_xml(out, text_of(m, "got"), SHORT);
    } else {
        add_xml(out, text_of(check, "reason"), SHORT);
    }
}

static void add_place(struct buf *out, const json_t *results, const json_t *check) {
    const json_t *clause = clause_of(results, text_of(check, "clause"));

    buf_addf(out, "%s:%lld:%lld: %s (%s): %s\n", text_of(check, "file"),
             (long long)jsonx_int(check, "line", 0),
             (long long)jsonx_int(check, "column", 0), text_of(check, "clause"),
             text_of(check, "level"), text_of(clause, "text"));
}

/* What a check took: its requests, and what it waited for. */
static double seconds_of(const json_t *check) {
    double ms = json_number_value(json_object_get(check, "duration_ms"));

    return ms > 0 ? ms / 1000.0 : 0;
}

static void add_testcase(struct buf *out, const json_t *results, const json_t *check) {
    const char *element = element_of(check), *id = text_of(check, "id");
    const char *name = strrchr(id, '/');
    struct buf details = BUF_INIT(BUF_UNLIMITED);

    buf_adds(out, "    <testcase classname=\"");
    add_xml(out, text_of(check, "case"), SHORT);
    buf_adds(out, "\" name=\"");
    add_xml(out, name ? name + 1 : id, SHORT);
    buf_addf(out, "\" time=\"%.6f\" file=\"", seconds_of(check));
    add_xml(out, text_of(check, "file"), SHORT);
    buf_addf(out, "\" line=\"%lld\"", (long long)jsonx_int(check, "line", 0));
    if (!element && !is_verdict(check, "warn")) {
        buf_adds(out, "/>\n");
        return;
    }
    buf_adds(out, ">\n");
    add_place(&details, results, check);
    add_details(&details, check, "");
    if (element) {
        buf_addf(out, "      <%s type=\"%s\" message=\"", element,
                 text_of(check, "clause"));
        add_message(out, check);
        buf_adds(out, "\">");
        add_xml(out, details.ptr, LONG);
        buf_addf(out, "</%s>\n", element);
    } else {
        buf_adds(out, "      <system-out>");
        add_xml(out, details.ptr, LONG);
        buf_adds(out, "</system-out>\n");
    }
    buf_adds(out, "    </testcase>\n");
    buf_release(&details);
}

/* A suite an area of clauses: "LIST" of LIST-4. */
static size_t area_len(const json_t *check) {
    return strcspn(text_of(check, "clause"), "-");
}

static bool is_of(const json_t *check, const char *area) {
    return area_len(check) == strlen(area) &&
           strncmp(text_of(check, "clause"), area, strlen(area)) == 0;
}

static size_t count_element(const json_t *checks, const char *area,
                            const char *element) {
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *e = element_of(k);

        if (is_of(k, area))
            n += !element || (e && strcmp(e, element) == 0);
    }
    return n;
}

static void add_suite(struct buf *out, const json_t *results, const char *area) {
    const json_t *checks = json_object_get(results, "checks");
    double seconds = 0;

    for (size_t i = 0; i < json_array_size(checks); i++)
        if (is_of(json_array_get(checks, i), area))
            seconds += seconds_of(json_array_get(checks, i));
    buf_adds(out, "  <testsuite name=\"");
    add_xml(out, area, SHORT);
    buf_addf(out,
             "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
             "time=\"%.6f\" timestamp=\"",
             count_element(checks, area, NULL), count_element(checks, area, "failure"),
             count_element(checks, area, "error"),
             count_element(checks, area, "skipped"), seconds);
    add_xml(out, text_of(results, "started"), SHORT);
    buf_adds(out, "\">\n");
    for (size_t i = 0; i < json_array_size(checks); i++)
        if (is_of(json_array_get(checks, i), area))
            add_testcase(out, results, json_array_get(checks, i));
    buf_adds(out, "  </testsuite>\n");
}

bool write_junit(const json_t *results, const struct report_options *o,
                 struct buf *out) {
    const json_t *checks = json_object_get(results, "checks");
    json_t *seen = json_object();

    (void)o;
    buf_adds(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\">\n");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        char area[64];

        snprintf(area, sizeof(area), "%.*s", (int)area_len(k), text_of(k, "clause"));
        if (json_object_get(seen, area))
            continue;
        json_object_set_new(seen, area, json_true());
        add_suite(out, results, area);
    }
    json_decref(seen);
    return buf_adds(out, "</testsuites>\n");
}
