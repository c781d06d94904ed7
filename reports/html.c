/* A result document comes in. One HTML page goes out that needs nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/html.h"
#include "reports/writers.h"

enum { CELL = 4000 };

extern const char page_html[], report_css[]; /* in templates/ */

void html_add(struct buf *out, const char *before, const char *text,
              const char *after) {
    buf_adds(out, before);
    add_xml(out, text, CELL);
    buf_adds(out, after);
}

void html_add_verdict(struct buf *out, const char *verdict) {
    static const struct {
        const char *verdict, *shape;
    } shapes[] = {{"pass", "&#10003;"},  {"fail", "&#10007;"},   {"warn", "&#9651;"},
                  {"note", "&#9675;"},   {"blocked", "&#9632;"}, {"error", "&#9632;"},
                  {"stale", "&#10007;"}, {"waived", "&#9671;"}};
    const char *shape = "&#8211;";

    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        if (strcmp(shapes[i].verdict, verdict) == 0)
            shape = shapes[i].shape;
    buf_addf(out, "<span class=\"v %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
             verdict, shape, verdict);
}

void html_begin(struct buf *out, const char *title) {
    struct buf escaped = BUF_INIT(BUF_UNLIMITED);

    add_xml(&escaped, title, CELL);
    fill_template(out, page_html, strstr(page_html, "{{content}}"),
                  (struct blank[]){{"title", escaped.ptr}, {"style", report_css}}, 2);
    buf_release(&escaped);
}

bool html_end(struct buf *out) {
    return buf_adds(out, strstr(page_html, "{{content}}") + strlen("{{content}}"));
}

void html_open_table(struct buf *out, const char *label) {
    buf_addf(out,
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"%s\"><table><thead><tr>",
             label);
}

static void add_exchange(struct buf *out, const json_t *x) {
    const json_t *headers = json_object_get(x, "response_headers");

    html_add(out, "<pre>", text_of(x, "method"), " ");
    html_add(out, "", text_of(x, "url"), "\n");
    if (*text_of(x, "request_body"))
        html_add(out, "\n", text_of(x, "request_body"), "\n");
    buf_adds(out, "</pre><pre>");
    if (*text_of(x, "failure"))
        html_add(out, "no answer: ", text_of(x, "failure"), "\n");
    else
        buf_addf(out, "%lld ", (long long)jsonx_int(x, "status", 0));
    html_add(out, "", text_of(x, "reason_phrase"), "\n");
    for (size_t i = 0; i < json_array_size(headers); i++) {
        const json_t *h = json_array_get(headers, i);

        html_add(out, "", json_string_value(json_array_get(h, 0)), ": ");
        html_add(out, "", json_string_value(json_array_get(h, 1)), "\n");
    }
    html_add(out, "\n", text_of(x, "response_body"), "</pre>");
}

static void add_transcript(struct buf *out, const json_t *check) {
    const json_t *t = json_object_get(check, "transcript"), *x = exchange_of(check);

    if (!x)
        return;
    html_add(out, "<p>See it yourself:</p><pre>", text_of(x, "curl"), "</pre>");
    buf_addf(out, "<details><summary>Requests and answers (%zu)</summary>",
             json_array_size(t));
    for (size_t i = 0; i < json_array_size(t); i++)
        add_exchange(out, json_array_get(t, i));
    buf_adds(out, "</details>");
}

static void add_failure(struct buf *out, const json_t *results, const json_t *k) {
    const json_t *m = json_object_get(k, "mismatches"),
                 *w = json_object_get(k, "waiver");
    const json_t *clause = clause_of(results, text_of(k, "clause"));

    buf_addf(out, "<article%s><h3>", is_verdict(k, "warn") ? " class=\"w\"" : "");
    html_add_verdict(out, text_of(k, "verdict"));
    html_add(out, " ", text_of(k, "id"), "</h3><p>");
    html_add(out, "<a href=\"#", text_of(k, "clause"), "\">");
    html_add(out, "", text_of(k, "clause"), "</a> ");
    html_add(out, "(", text_of(k, "level"), "): ");
    html_add(out, "", text_of(clause, "text"), " <span class=\"dim\">");
    html_add(out, "", text_of(k, "file"), "");
    buf_addf(out, ":%lld:%lld</span></p>", (long long)jsonx_int(k, "line", 0),
             (long long)jsonx_int(k, "column", 0));
    if (*text_of(k, "reason"))
        html_add(out, "<p>", text_of(k, "reason"), "</p>");
    if (w) {
        html_add(out, "<p>Waived until ", text_of(w, "until"), ": ");
        html_add(out, "", text_of(w, "reason"),
                 json_is_true(json_object_get(w, "expired")) ? " (this day is over)</p>"
                                                             : "</p>");
    }
    for (size_t i = 0; i < json_array_size(m); i++) {
        const json_t *one = json_array_get(m, i);

        html_add(out, "<p><code>", text_of(one, "pointer"),
                 "</code></p><div class=\"pair\">");
        html_add(out, "<div>expected<pre>", text_of(one, "expected"), "</pre></div>");
        html_add(out, "<div>got<pre>", text_of(one, "got"), "</pre></div></div>");
    }
    add_transcript(out, k);
    buf_adds(out, "</article>\n");
}

static void add_failures(struct buf *out, const json_t *results) {
    static const char *const order[] = {"fail",    "stale", "error",
                                        "blocked", "warn",  "waived"};
    const json_t *checks = json_object_get(results, "checks");
    size_t n = 0;

    buf_adds(out, "<h2 id=\"failures\">What is wrong</h2>\n");
    for (size_t v = 0; v < ARRAY_LEN(order); v++)
        for (size_t i = 0; i < json_array_size(checks); i++)
            if (is_verdict(json_array_get(checks, i), order[v])) {
                add_failure(out, results, json_array_get(checks, i));
                n++;
            }
    if (!n)
        buf_adds(out, "<p>Nothing.</p>\n");
}

static void add_ids(struct buf *out, const char *title, const json_t *ids) {
    if (!json_array_size(ids))
        return;
    buf_addf(out, "<p>%s (%zu):</p><ul>\n", title, json_array_size(ids));
    for (size_t i = 0; i < json_array_size(ids) && i < 200; i++)
        html_add(out, "<li><code>", json_string_value(json_array_get(ids, i)),
                 "</code></li>\n");
    buf_adds(out, "</ul>\n");
}

static void add_changes(struct buf *out, const json_t *results) {
    const json_t *changes = json_object_get(results, "changes");
    const json_t *since = json_object_get(changes, "since");

    if (!changes)
        return;
    html_add(out, "<h2 id=\"changes\">Since ", text_of(since, "started"), "</h2>\n");
    add_ids(out, "New failures", json_object_get(changes, "new_failures"));
    add_ids(out, "Fixed", json_object_get(changes, "fixed"));
    add_ids(out, "New checks", json_object_get(changes, "new_checks"));
    add_ids(out, "Checks that are gone", json_object_get(changes, "gone_checks"));
    if (!json_array_size(json_object_get(changes, "new_failures")) &&
        !json_array_size(json_object_get(changes, "fixed")))
        buf_adds(out, "<p>No check changed between red and green.</p>\n");
}

static void add_levels(struct buf *out, const json_t *results) {
    static const char *const levels[] = {"must", "should", "may"};

    html_open_table(out, "Levels");
    buf_adds(out, "<th scope=\"col\">Level</th><th scope=\"col\">Clauses</th>"
                  "<th scope=\"col\">Passed</th><th scope=\"col\">Failed</th>"
                  "<th scope=\"col\">Unchecked</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        const json_t *l =
            json_object_get(json_object_get(results, "levels"), levels[i]);

        buf_addf(out,
                 "<tr><th scope=\"row\">%s</th><td>%lld</td><td>%lld</td><td>%lld</td>"
                 "<td>%lld</td></tr>\n",
                 levels[i], (long long)jsonx_int(l, "clauses", 0),
                 (long long)jsonx_int(l, "passed", 0),
                 (long long)jsonx_int(l, "failed", 0),
                 (long long)jsonx_int(l, "unchecked", 0));
    }
    buf_adds(out, "</tbody></table></div>\n");
}

static void add_clauses(struct buf *out, const json_t *results) {
    const json_t *clauses = json_object_get(results, "clauses");

    buf_adds(out, "<h2 id=\"clauses\">Clause by clause</h2>\n");
    html_open_table(out, "Clauses");
    buf_adds(out, "<th scope=\"col\">Clause</th><th scope=\"col\">Level</th>"
                  "<th scope=\"col\">Verdict</th><th scope=\"col\">Text</th>"
                  "<th scope=\"col\">Source</th><th "
                  "scope=\"col\">Checks</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        html_add(out, "<tr id=\"", text_of(c, "id"), "\"><th scope=\"row\">");
        html_add(out, "<a href=\"#", text_of(c, "id"), "\">");
        html_add(out, "", text_of(c, "id"), "</a></th><td>");
        html_add(out, "", text_of(c, "level"), "</td><td>");
        html_add_verdict(out, text_of(c, "verdict"));
        html_add(out, "</td><td class=\"text\">", text_of(c, "text"), "");
        if (*text_of(c, "reason"))
            html_add(out, " <span class=\"dim\">Not checked: ", text_of(c, "reason"),
                     ".</span>");
        html_add(out, "</td><td class=\"dim\">", text_of(c, "source"), "</td>");
        buf_addf(out, "<td>%zu</td></tr>\n",
                 json_array_size(json_object_get(c, "checks")));
    }
    buf_adds(out, "</tbody></table></div>\n");
}

static void add_choices(struct buf *out, const json_t *results) {
    const json_t *choices = json_object_get(results, "choices");
    json_t *seen = json_object();

    if (json_array_size(choices))
        buf_adds(out,
                 "<h2 id=\"choices\">Choices this implementation makes</h2>\n<ul>\n");
    for (size_t i = 0; i < json_array_size(choices); i++) {
        const json_t *c = json_array_get(choices, i);

        if (json_object_get(seen, text_of(c, "say")))
            continue;
        json_object_set_new(seen, text_of(c, "say"), json_true());
        html_add(out, "<li>", text_of(c, "clause"), ": ");
        html_add(out, "", text_of(c, "say"), "</li>\n");
    }
    if (json_array_size(choices))
        buf_adds(out, "</ul>\n");
    json_decref(seen);
}

static void add_slowest(struct buf *out, const json_t *results) {
    const json_t *cases = json_object_get(results, "cases");
    json_int_t most = 1;

    for (size_t i = 0; i < json_array_size(cases); i++)
        if (jsonx_int(json_array_get(cases, i), "duration_ms", 0) > most)
            most = jsonx_int(json_array_get(cases, i), "duration_ms", 0);
    buf_addf(out,
             "<h2 id=\"times\">Times</h2>\n<p>%zu cases; the longest took %lld ms.</p>"
             "<svg viewBox=\"0 0 %zu 60\" width=\"100%%\" height=\"60\" "
             "preserveAspectRatio=\"none\" "
             "role=\"img\" aria-label=\"Duration of each case\">",
             json_array_size(cases), (long long)most, json_array_size(cases) + 1);
    for (size_t i = 0; i < json_array_size(cases) && i < 2000; i++) {
        double h =
            1 + 58.0 * (double)jsonx_int(json_array_get(cases, i), "duration_ms", 0) /
                    (double)most;

        buf_addf(out,
                 "<rect x=\"%zu\" y=\"%.1f\" width=\".8\" height=\"%.1f\" "
                 "fill=\"currentColor\"/>",
                 i, 60 - h, h);
    }
    buf_adds(out, "</svg>\n");
}

static void add_reproduce(struct buf *out, const json_t *results) {
    const json_t *target = json_object_get(results, "target");

    html_add(out, "<h2 id=\"reproduce\">How to reproduce</h2>\n<pre>",
             text_of(results, "command_line"), "");
    buf_addf(out, "\n\nseed %lld, run ", (long long)jsonx_int(results, "seed", 0));
    html_add(out, "", text_of(results, "run"), "\n");
    html_add(out, "assay ", text_of(json_object_get(results, "tool"), "version"), "\n");
    html_add(out, "suite ", text_of(results, "spec_digest"), "\n");
    html_add(out, "target ", text_of(target, "base_url"), "\n");
    html_add(out, "started ", text_of(results, "started"), "");
    buf_addf(out, ", %lld ms, %lld requests</pre>\n",
             (long long)jsonx_int(results, "duration_ms", 0),
             (long long)jsonx_int(results, "requests", 0));
}

bool write_html(const json_t *results, const struct report_options *o,
                struct buf *out) {
    const char *name = text_of(json_object_get(results, "target"), "name");
    const json_t *conformant = json_object_get(results, "conformant");
    const char *class = json_is_true(conformant)    ? "pass"
                        : json_is_false(conformant) ? "fail"
                                                    : "warn";

    char *title = mem_printf("%s: Secrets API conformance", name);

    (void)o;
    html_begin(out, title);
    free(title);
    html_add(out, "<p class=\"dim\">Secrets API conformance</p><h1>", name, "</h1>\n");
    buf_addf(out, "<p class=\"verdict %s\">%s</p>", class, text_of(results, "verdict"));
    html_add(out, "<p>", text_of(results, "reason"), "</p>\n");
    add_levels(out, results);
    add_changes(out, results);
    add_failures(out, results);
    add_clauses(out, results);
    add_choices(out, results);
    add_slowest(out, results);
    add_reproduce(out, results);
    return html_end(out);
}
