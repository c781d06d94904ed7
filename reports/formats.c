/* A result document comes in. TAP, CTRF, Markdown, a badge or JSON goes out. */
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "reports/mustache.h"
#include "reports/text.h"
#include "reports/writers.h"

enum { MARKDOWN_BYTES = 60000 }; /* a pull request comment holds 64 KiB */

/* ---- TAP 13 ---- */

static void add_tap_text(struct buf *out, const char *text) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, text, strlen(text), 300);
    for (const char *p = visible.ptr; *p; p++) {
        if (*p == '#' || *p == '\\')
            buf_addc(out, '\\');
        buf_addc(out, *p);
    }
    buf_release(&visible);
}

bool write_tap(const json_t *results, const struct report_options *o, struct buf *out) {
    const json_t *checks = json_object_get(results, "checks");

    (void)o;
    buf_addf(out, "TAP version 13\n1..%zu\n", json_array_size(checks));
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        bool red = is_red(k), waived = is_verdict(k, "waived"),
             skip = is_verdict(k, "skip");

        buf_addf(out, "%sok %zu - ", red || waived ? "not " : "", i + 1);
        add_tap_text(out, text_of(k, "id"));
        if (waived || skip) {
            buf_adds(out, waived ? " # TODO " : " # SKIP ");
            add_tap_text(out, waived ? text_of(json_object_get(k, "waiver"), "reason")
                                     : text_of(k, "reason"));
        }
        buf_addc(out, '\n');
        if (red || is_verdict(k, "warn")) {
            struct buf details = BUF_INIT(BUF_UNLIMITED);

            buf_addf(out,
                     "  ---\n  verdict: %s\n  clause: %s\n  level: %s\n  details: |\n",
                     text_of(k, "verdict"), text_of(k, "clause"), text_of(k, "level"));
            add_details(&details, k, "    ");
            buf_adds(out, details.len ? details.ptr : "    none\n");
            buf_adds(out, "  ...\n");
            buf_release(&details);
        }
    }
    return !out->failed;
}

/* ---- CTRF ---- */

static const char *ctrf_status(const json_t *k) {
    if (is_red(k))
        return "failed";
    if (is_verdict(k, "skip") || is_verdict(k, "waived"))
        return "skipped";
    return "passed";
}

bool write_ctrf(const json_t *results, const struct report_options *o,
                struct buf *out) {
    const json_t *checks = json_object_get(results, "checks");
    json_t *tests = json_array(), *doc;
    size_t counts[3] = {0};
    int64_t started = 0;

    (void)o;
    if (timestamp_is(text_of(results, "started"), &started))
        started *= 1000;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *status = ctrf_status(k);
        json_t *test =
            json_pack("{s:s, s:s, s:o, s:s, s:[s], s:s, s:{s:I}}", "name",
                      text_of(k, "id"), "status", status, "duration",
                      json_real(json_number_value(json_object_get(k, "duration_ms"))),
                      "rawStatus", text_of(k, "verdict"), "tags", text_of(k, "clause"),
                      "filePath", text_of(k, "file"), "extra", "line",
                      (json_int_t)jsonx_int(k, "line", 0));

        counts[*status == 'p' ? 0 : *status == 'f' ? 1 : 2]++;
        if (*status != 'p') {
            struct buf details = BUF_INIT(BUF_UNLIMITED);

            add_details(&details, k, "");
            json_object_set_new(test, "message", jsonx_text(details.ptr, details.len));
            buf_release(&details);
        }
        json_array_append_new(tests, test);
    }
    doc = json_pack(
        "{s:s, s:s, s:{s:{s:s, s:s}, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:I}, s:o}}",
        "reportFormat", "CTRF", "specVersion", "0.0.0", "results", "tool", "name",
        "assay", "version", text_of(json_object_get(results, "tool"), "version"),
        "summary", "tests", (int)json_array_size(checks), "passed", (int)counts[0],
        "failed", (int)counts[1], "skipped", (int)counts[2], "pending", 0, "other", 0,
        "start", (json_int_t)started, "stop",
        (json_int_t)(started + jsonx_int(results, "duration_ms", 0)), "tests", tests);
    jsonx_write(out, doc, 1);
    buf_addc(out, '\n');
    json_decref(doc);
    return !out->failed;
}

/* ---- Markdown ---- */

void add_markdown(struct buf *out, const char *text, size_t max) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, text, strlen(text), max);
    for (const char *p = visible.ptr; *p; p++) {
        if (strchr("|<>`*_[]#&\\@!~", *p))
            buf_addf(out, "&#%d;", *p);
        else
            buf_addc(out, *p);
    }
    buf_release(&visible);
}

static void add_changes(struct buf *out, const char *title, const json_t *ids) {
    for (size_t i = 0; i < json_array_size(ids) && i < 50; i++) {
        buf_addf(out, "- **%s** ", title);
        add_markdown(out, json_string_value(json_array_get(ids, i)), 200);
        buf_addc(out, '\n');
    }
    if (json_array_size(ids) > 50)
        buf_addf(out, "- ... and %zu more\n", json_array_size(ids) - 50);
}

bool write_markdown(const json_t *results, const struct report_options *o,
                    struct buf *out) {
    static const char *const levels[] = {"must", "should", "may"};
    const json_t *checks = json_object_get(results, "checks");
    size_t left = 0;

    (void)o;
    buf_adds(out, "### ");
    add_markdown(out, text_of(json_object_get(results, "target"), "name"), 100);
    buf_adds(out, ": ");
    add_markdown(out, text_of(results, "verdict"), 100);
    buf_adds(out, "\n\n");
    add_markdown(out, text_of(results, "reason"), 500);
    buf_adds(out, "\n\n| level | clauses | passed | failed | unchecked | not offered "
                  "|\n|---|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        const json_t *l =
            json_object_get(json_object_get(results, "levels"), levels[i]);

        buf_addf(out, "| %s | %lld | %lld | %lld | %lld | %lld |\n", levels[i],
                 (long long)jsonx_int(l, "clauses", 0),
                 (long long)jsonx_int(l, "passed", 0),
                 (long long)jsonx_int(l, "failed", 0),
                 (long long)jsonx_int(l, "unchecked", 0),
                 (long long)jsonx_int(l, "not_offered", 0));
    }
    buf_adds(out, "\n");
    add_changes(out, "new failure", jsonx_at(results, "/changes/new_failures"));
    add_changes(out, "fixed", jsonx_at(results, "/changes/fixed"));
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const json_t *m = json_array_get(json_object_get(k, "mismatches"), 0);

        if (!is_red(k) && !is_verdict(k, "warn"))
            continue;
        if (out->len > MARKDOWN_BYTES) {
            left++;
            continue;
        }
        buf_adds(out, "- **");
        add_markdown(out, text_of(k, "verdict"), 20);
        buf_adds(out, "** ");
        add_markdown(out, text_of(k, "clause"), 40);
        buf_addc(out, ' ');
        add_markdown(out, text_of(k, "id"), 200);
        if (m) {
            buf_adds(out, ": ");
            add_markdown(out, text_of(m, "pointer"), 100);
            buf_adds(out, " expected ");
            add_markdown(out, text_of(m, "expected"), 200);
            buf_adds(out, ", got ");
            add_markdown(out, text_of(m, "got"), 200);
        }
        buf_addc(out, '\n');
    }
    if (left)
        buf_addf(out, "- ... and %zu more\n", left);
    buf_adds(out, "\nsuite ");
    add_markdown(out, text_of(results, "spec_digest"), 19);
    buf_adds(out, ", assay ");
    add_markdown(out, text_of(json_object_get(results, "tool"), "version"), 40);
    buf_addf(out, ", seed %lld\n", (long long)jsonx_int(results, "seed", 0));
    return !out->failed;
}

/* ---- the badge ---- */

static const struct {
    const char *color, *shields;                /* as shields.io calls it */
} badge_colors[] = {{"#1a7f37", "brightgreen"}, /* conforms */
                    {"#b42318", "red"},         /* does not */
                    {"#6b5900", "lightgrey"}};  /* not known */

static size_t badge_color(const json_t *results) {
    const json_t *conformant = json_object_get(results, "conformant");

    return json_is_true(conformant) ? 0 : json_is_false(conformant) ? 1 : 2;
}

bool write_badge(const json_t *results, const struct report_options *o,
                 struct buf *out) {
    const char *verdict = text_of(results, "verdict");
    json_int_t width = (json_int_t)(7 * strlen(verdict) + 12);
    json_t *badge =
        json_pack("{s:s, s:I, s:I, s:s}", "verdict", verdict, "width", width, "whole",
                  width + 84, "color", badge_colors[badge_color(results)].color);
    bool ok = mustache_fill(out, "badge.svg", badge, NULL);

    (void)o;
    json_decref(badge);
    return ok;
}

/* What https://shields.io/badges/endpoint-badge reads. */
bool write_shields(const json_t *results, const struct report_options *o,
                   struct buf *out) {
    json_t *badge = json_pack("{s:i, s:s, s:s, s:s}", "schemaVersion", 1, "label",
                              "Secrets API", "message", text_of(results, "verdict"),
                              "color", badge_colors[badge_color(results)].shields);
    bool ok = jsonx_write(out, badge, 1) && buf_addc(out, '\n');

    (void)o;
    json_decref(badge);
    return ok;
}
