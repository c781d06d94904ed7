/* A result document comes in. What a CI server or a profile reads of it goes out: annotations
 * of GitHub, waivers. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "reports/text.h"
#include "reports/writers.h"

enum { ANNOTATIONS = 10, DAYS = 90 };

/* Nothing of a target may begin a command: no line of its own, no mark of ours. */
static void add_command_text(struct buf *out, const char *text, bool property) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, text, strlen(text), 500);
    for (const char *p = visible.ptr; *p; p++) {
        if (*p == '%' || (property && (*p == ':' || *p == ',')))
            buf_addf(out, "%%%02X", (unsigned char)*p);
        else
            buf_addc(out, *p);
    }
    buf_release(&visible);
}

static void add_annotation(struct buf *out, const json_t *results,
                           const json_t *cause) {
    const json_t *check = check_named(results, text_of(cause, "first")),
                 *m = json_array_get(json_object_get(check, "mismatches"), 0);
    bool must = strcmp(text_of(cause, "level"), "must") == 0;

    buf_addf(out, "::%s file=", must ? "error" : "warning");
    add_command_text(out, text_of(check, "file"), true);
    buf_addf(out, ",line=%lld,col=%lld,title=", (long long)jsonx_int(check, "line", 1),
             (long long)jsonx_int(check, "column", 1));
    add_command_text(out, text_of(cause, "clause"), true);
    buf_adds(out, "::");
    add_command_text(out, text_of(cause, "title"), false);
    buf_addf(out, " (%zu checks; ", json_array_size(json_object_get(cause, "checks")));
    add_command_text(out, text_of(cause, "confidence"), false);
    buf_adds(out, ")%0A");
    add_command_text(out, text_of(cause, "first"), false);
    if (m) {
        buf_adds(out, "%0A");
        add_command_text(out, text_of(m, "pointer"), false);
        buf_adds(out, " wanted ");
        add_command_text(out, text_of(m, "expected"), false);
        buf_adds(out, ", got ");
        add_command_text(out, text_of(m, "got"), false);
    }
    buf_addc(out, '\n');
}

bool write_github(const json_t *results, const struct report_options *o,
                  struct buf *out) {
    const json_t *causes = json_object_get(results, "causes");
    size_t n = json_array_size(causes);

    (void)o;
    for (size_t i = 0; i < n && i < ANNOTATIONS; i++)
        add_annotation(out, results, json_array_get(causes, i));
    buf_adds(out, "::notice title=");
    add_command_text(out, text_of(json_object_get(results, "target"), "name"), true);
    buf_adds(out, "::");
    add_command_text(out, text_of(results, "verdict"), false);
    buf_adds(out, ". ");
    add_command_text(out, text_of(results, "reason"), false);
    if (n)
        buf_addf(out, " %zu cause%s%s", n, n == 1 ? "" : "s",
                 n > ANNOTATIONS ? "; the first ten are annotated." : ".");
    return buf_addc(out, '\n');
}

/* ---- waivers ---- */

static void add_until(struct buf *out, const json_t *results) {
    int64_t started = 0;
    char day[16] = "2027-01-31";
    struct tm tm;
    time_t t;

    timestamp_is(text_of(results, "started"), &started);
    t = (time_t)started + DAYS * 86400;
    if (started && gmtime_r(&t, &tm))
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    buf_adds(out, day);
}

static void add_yaml_text(struct buf *out, const char *text) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);
    json_t *quoted;

    str_add_visible(&visible, text, strlen(text), 200);
    quoted = jsonx_text(visible.ptr, visible.len);
    jsonx_add(out, quoted);
    json_decref(quoted);
    buf_release(&visible);
}

bool write_waivers(const json_t *results, const struct report_options *o,
                   struct buf *out) {
    const json_t *causes = json_object_get(results, "causes");

    (void)o;
    buf_adds(
        out,
        "# Into the profile: what is known to fail, and until when that is so. A "
        "waiver may also name\n# a glob (check: \"list.*/*\") or a clause (clause: "
        "LIST-4).\n");
    buf_adds(out, json_array_size(causes) ? "waivers:\n" : "waivers: []\n");
    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *cause = json_array_get(causes, i),
                     *checks = json_object_get(cause, "checks");

        buf_adds(out, "  # ");
        str_add_visible(out, text_of(cause, "title"), strlen(text_of(cause, "title")),
                        200);
        buf_addc(out, '\n');
        for (size_t k = 0; k < json_array_size(checks); k++) {
            buf_adds(out, "  - {check: ");
            add_yaml_text(out, json_string_value(json_array_get(checks, k)));
            buf_adds(out, ", until: ");
            add_until(out, results);
            buf_adds(out, ", reason: ");
            add_yaml_text(out, text_of(cause, "title"));
            buf_adds(out, "}\n");
        }
    }
    return !out->failed;
}
