/* A result document comes in. JUnit XML goes out. */
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

static void add_testcase(struct buf *out, const json_t *results, const json_t *check) {
    const char *element = element_of(check), *id = text_of(check, "id");
    const char *name = strrchr(id, '/');
    struct buf details = BUF_INIT(BUF_UNLIMITED);

    buf_adds(out, "    <testcase classname=\"");
    add_xml(out, text_of(check, "case"), SHORT);
    buf_adds(out, "\" name=\"");
    add_xml(out, name ? name + 1 : id, SHORT);
    buf_adds(out, "\" time=\"0.000\"");
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

static size_t count_element(const json_t *checks, const char *suite,
                            const char *element) {
    size_t n = 0, len = strlen(suite);

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *e = element_of(k);

        if (strncmp(text_of(k, "id"), suite, len) == 0 && text_of(k, "id")[len] == '/')
            n += !element || (e && strcmp(e, element) == 0);
    }
    return n;
}

bool write_junit(const json_t *results, const struct report_options *o,
                 struct buf *out) {
    const json_t *checks = json_object_get(results, "checks");
    char suite[128] = "";

    (void)o;
    buf_adds(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\">\n");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *id = text_of(k, "id");
        size_t len = strcspn(id, "/");

        if (len >= sizeof(suite))
            len = sizeof(suite) - 1;
        if (strncmp(suite, id, len) != 0 || suite[len]) {
            if (*suite)
                buf_adds(out, "  </testsuite>\n");
            memcpy(suite, id, len);
            suite[len] = '\0';
            buf_adds(out, "  <testsuite name=\"");
            add_xml(out, suite, SHORT);
            buf_addf(out,
                     "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
                     "time=\"%.3f\">\n",
                     count_element(checks, suite, NULL),
                     count_element(checks, suite, "failure"),
                     count_element(checks, suite, "error"),
                     count_element(checks, suite, "skipped"), 0.0);
        }
        add_testcase(out, results, k);
    }
    if (*suite)
        buf_adds(out, "  </testsuite>\n");
    return buf_adds(out, "</testsuites>\n");
}
