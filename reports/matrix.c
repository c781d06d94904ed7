/* Several result documents come in. A table goes out: a row a clause, a column a
 * result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/html.h"
#include "reports/text.h"

/* The clauses of all documents, in the order of the first that has each. */
static json_t *all_clauses(const json_t *const *results, size_t count) {
    json_t *all = json_array(), *seen = json_object();

    for (size_t i = 0; i < count; i++) {
        const json_t *clauses = json_object_get(results[i], "clauses");

        for (size_t j = 0; j < json_array_size(clauses); j++) {
            json_t *c = json_array_get(clauses, j);

            if (json_object_get(seen, text_of(c, "id")))
                continue;
            json_object_set_new(seen, text_of(c, "id"), json_true());
            json_array_append(all, c);
        }
    }
    json_decref(seen);
    return all;
}

static const char *name_of(const json_t *results) {
    return text_of(json_object_get(results, "target"), "name");
}

static const char *verdict_in(const json_t *results, const char *clause) {
    const json_t *c = clause_of(results, clause);

    return c ? text_of(c, "verdict") : "unchecked";
}

/* Do they disagree? Such rows are what a reader looks for. */
static bool differs(const json_t *const *results, size_t count, const char *clause) {
    for (size_t i = 1; i < count; i++)
        if (strcmp(verdict_in(results[0], clause), verdict_in(results[i], clause)) != 0)
            return true;
    return false;
}

static long long level_count(const json_t *results, const char *level,
                             const char *key) {
    return (long long)jsonx_int(
        json_object_get(json_object_get(results, "levels"), level), key, 0);
}

/* --- HTML --- */

static void html_heads(struct buf *out, const json_t *const *results, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const json_t *implementation =
            json_object_get(json_object_get(results[i], "target"), "implementation");

        html_add(out, "<th scope=\"col\">", name_of(results[i]), "");
        if (*text_of(implementation, "version"))
            html_add(out, " <span class=\"dim\">", text_of(implementation, "version"),
                     "</span>");
        buf_adds(out, "</th>");
    }
}

static void html_summary(struct buf *out, const json_t *const *results, size_t count) {
    static const char *const levels[] = {"must", "should", "may"};

    html_open_table(out, "Verdicts");
    buf_adds(out, "<th scope=\"col\"><span class=\"dim\">of</span></th>");
    html_heads(out, results, count);
    buf_adds(out, "</tr></thead><tbody>\n<tr><th scope=\"row\">verdict</th>");
    for (size_t i = 0; i < count; i++)
        html_add(out, "<td>", text_of(results[i], "verdict"), "</td>");
    buf_adds(out, "</tr>\n");
    for (size_t l = 0; l < ARRAY_LEN(levels); l++) {
        buf_addf(out, "<tr><th scope=\"row\">%s</th>", levels[l]);
        for (size_t i = 0; i < count; i++) {
            buf_addf(out, "<td>%lld of %lld passed",
                     level_count(results[i], levels[l], "passed"),
                     level_count(results[i], levels[l], "clauses"));
            if (level_count(results[i], levels[l], "unchecked"))
                buf_addf(out, ", %lld unchecked",
                         level_count(results[i], levels[l], "unchecked"));
            buf_adds(out, "</td>");
        }
        buf_adds(out, "</tr>\n");
    }
    buf_adds(out, "<tr><th scope=\"row\">suite</th>");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "<td><code>%.19s</code></td>",
                 text_of(results[i], "spec_digest"));
    buf_adds(out, "</tr>\n<tr><th scope=\"row\">made</th>");
    for (size_t i = 0; i < count; i++)
        html_add(out, "<td>", text_of(results[i], "started"), "</td>");
    buf_adds(out, "</tr>\n</tbody></table></div>\n");
}

static void html_rows(struct buf *out, const json_t *const *results, size_t count,
                      const json_t *clauses) {
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);
        bool row_differs = differs(results, count, text_of(c, "id"));

        html_add(out, row_differs ? "<tr class=\"differs\" id=\"" : "<tr id=\"",
                 text_of(c, "id"), "\"><th scope=\"row\">");
        html_add(out, "<a href=\"#", text_of(c, "id"), "\">");
        html_add(out, "", text_of(c, "id"), "</a></th>");
        html_add(out, "<td>", text_of(c, "level"), "</td>");
        for (size_t k = 0; k < count; k++) {
            buf_adds(out, "<td>");
            html_add_verdict(out, verdict_in(results[k], text_of(c, "id")));
            buf_adds(out, "</td>");
        }
        html_add(out, "<td class=\"text\">", text_of(c, "text"), "");
        html_add(out, " <span class=\"dim\">", text_of(c, "source"),
                 "</span></td></tr>\n");
    }
}

static void html_reds(struct buf *out, const json_t *results) {
    const json_t *checks = json_object_get(results, "checks");
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(checks); i++)
        n += is_red(json_array_get(checks, i)) ||
             is_verdict(json_array_get(checks, i), "warn");
    html_add(out, "<details><summary>", name_of(results), "");
    buf_addf(out, ": %zu checks are red or warn</summary>\n<ul>\n", n);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const json_t *m = json_array_get(json_object_get(k, "mismatches"), 0);

        if (!is_red(k) && !is_verdict(k, "warn"))
            continue;
        buf_adds(out, "<li>");
        html_add_verdict(out, text_of(k, "verdict"));
        html_add(out, " ", text_of(k, "id"), " (");
        html_add(out, "<a href=\"#", text_of(k, "clause"), "\">");
        html_add(out, "", text_of(k, "clause"), "</a>)");
        if (m) {
            html_add(out, ": <code>", text_of(m, "pointer"), "</code> expected ");
            html_add(out, "<code>", text_of(m, "expected"), "</code>, got ");
            html_add(out, "<code>", text_of(m, "got"), "</code>");
        }
        buf_adds(out, "</li>\n");
    }
    buf_adds(out, "</ul></details>\n");
}

bool matrix_html(const json_t *const *results, size_t count, struct buf *out) {
    json_t *clauses = all_clauses(results, count);
    size_t disagree = 0;

    for (size_t i = 0; i < json_array_size(clauses); i++)
        disagree += differs(results, count, text_of(json_array_get(clauses, i), "id"));
    html_begin(out, "Secrets API: implementations side by side");
    buf_addf(out,
             "<p class=\"dim\">Secrets API conformance</p><h1>%zu implementations side "
             "by side</h1>\n<p>They differ in %zu of %zu clauses.</p>\n",
             count, disagree, json_array_size(clauses));
    html_summary(out, results, count);
    buf_adds(out, "<h2 id=\"clauses\">Clause by clause</h2>\n");
    html_open_table(out, "Clauses");
    buf_adds(out, "<th scope=\"col\">Clause</th><th scope=\"col\">Level</th>");
    html_heads(out, results, count);
    buf_adds(out, "<th scope=\"col\">Text</th></tr></thead><tbody>\n");
    html_rows(out, results, count, clauses);
    buf_adds(out, "</tbody></table></div>\n<h2 id=\"failures\">What is wrong</h2>\n");
    for (size_t i = 0; i < count; i++)
        html_reds(out, results[i]);
    json_decref(clauses);
    return html_end(out);
}

/* --- Markdown and terminal --- */

bool matrix_markdown(const json_t *const *results, size_t count, struct buf *out) {
    json_t *clauses = all_clauses(results, count);

    buf_adds(out, "| clause | level |");
    for (size_t i = 0; i < count; i++) {
        buf_addc(out, ' ');
        add_markdown(out, name_of(results[i]), 80);
        buf_adds(out, " |");
    }
    buf_adds(out, "\n|---|---|");
    for (size_t i = 0; i < count; i++)
        buf_adds(out, "---|");
    buf_adds(out, "\n| **verdict** | |");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " **%s** |", text_of(results[i], "verdict"));
    buf_addc(out, '\n');
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        buf_addf(out, "| %s | %s |", text_of(c, "id"), text_of(c, "level"));
        for (size_t k = 0; k < count; k++)
            buf_addf(out, " %s |", verdict_in(results[k], text_of(c, "id")));
        buf_addc(out, '\n');
    }
    json_decref(clauses);
    return !out->failed;
}

bool matrix_terminal(const json_t *const *results, size_t count, struct buf *out) {
    json_t *clauses = all_clauses(results, count);

    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%zu: ", i + 1);
        str_add_visible(out, name_of(results[i]), strlen(name_of(results[i])), 80);
        buf_addf(out, ": %s (must %lld/%lld, should %lld/%lld)\n",
                 text_of(results[i], "verdict"),
                 level_count(results[i], "must", "passed"),
                 level_count(results[i], "must", "clauses"),
                 level_count(results[i], "should", "passed"),
                 level_count(results[i], "should", "clauses"));
    }
    buf_addf(out, "\n%-10s %-7s", "clause", "level");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %-10zu", i + 1);
    buf_addc(out, '\n');
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        buf_addf(out, "%-10s %-7s", text_of(c, "id"), text_of(c, "level"));
        for (size_t k = 0; k < count; k++)
            buf_addf(out, " %-10s", verdict_in(results[k], text_of(c, "id")));
        buf_adds(out, differs(results, count, text_of(c, "id")) ? " *\n" : "\n");
    }
    json_decref(clauses);
    return !out->failed;
}
