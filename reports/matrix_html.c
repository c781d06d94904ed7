/* Several result documents come in. What the page of a matrix shows goes out: columns told
 * apart by address, version and date, and a link in each cell. */
#include <string.h>

#include "core/jsonx.h"
#include "reports/html.h"
#include "reports/matrix.h"
#include "reports/text.h"
#include "reports/view.h"

static json_t *column_view(const json_t *results, size_t number, const char *page) {
    json_t *column = view_head(results);

    json_object_set_new(column, "number", json_integer((json_int_t)number));
    json_object_set_new(column, "page",
                        page ? json_string(page) : json_sprintf("#r%zu", number));
    return column;
}

static json_t *cell_view(const json_t *results, size_t number, const char *page,
                         const char *clause) {
    json_t *cell = json_pack("{s:s}", "verdict", matrix_verdict(results, clause));

    if (clause_of(results, clause))
        json_object_set_new(cell, "href",
                            page ? json_sprintf("%s#%s", page, clause)
                                 : json_sprintf("#r%zu-%s", number, clause));
    return cell;
}

static json_t *row_view(const json_t *const *results, size_t count,
                        const char *const *pages, const json_t *clause) {
    static const char *const members[] = {"id", "level", "text", "source"};
    json_t *row = json_object(), *cells = json_array();
    const char *id = text_of(clause, "id");

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(row, clause, members[i]);
    json_object_set_new(row, "differs",
                        json_boolean(matrix_differs(results, count, id)));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            cells, cell_view(results[i], i + 1, pages ? pages[i] : NULL, id));
    json_object_set_new(row, "cells", cells);
    return row;
}

json_t *matrix_view(const json_t *const *results, size_t count,
                    const char *const *pages) {
    json_t *clauses = matrix_clauses(results, count), *columns = json_array(),
           *rows = json_array();
    size_t disagree = 0;

    for (size_t i = 0; i < count; i++)
        json_array_append_new(columns,
                              column_view(results[i], i + 1, pages ? pages[i] : NULL));
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        json_t *row = row_view(results, count, pages, json_array_get(clauses, i));

        disagree += json_is_true(json_object_get(row, "differs"));
        json_array_append_new(rows, row);
    }
    json_decref(clauses);
    return json_pack("{s:I, s:I, s:I, s:o, s:o}", "count", (json_int_t)count,
                     "disagree", (json_int_t)disagree, "clauses",
                     (json_int_t)json_array_size(rows), "columns", columns, "rows",
                     rows);
}

/* The clauses of one result, each with the place that its cell leads to. */
static json_t *result_view(const json_t *results, size_t number) {
    const struct report_options none = {0};
    json_t *r = column_view(results, number, NULL), *areas;
    struct view v;

    view_open(&v, results, &none);
    areas = view_areas(&v);
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const json_t *clauses = json_object_get(json_array_get(areas, i), "clauses");

        for (size_t j = 0; j < json_array_size(clauses); j++) {
            json_t *c = json_array_get(clauses, j);

            json_object_set_new(c, "place",
                                json_sprintf("r%zu-%s", number, text_of(c, "id")));
        }
    }
    json_object_set_new(r, "areas", areas);
    view_close(&v);
    return r;
}

bool matrix_html(const json_t *const *results, size_t count, struct buf *out) {
    json_t *page = matrix_view(results, count, NULL), *each = json_array();
    bool ok;

    json_object_set_new(page, "title",
                        json_string("Secrets API: results side by side"));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(each, result_view(results[i], i + 1));
    json_object_set_new(page, "results", each);
    ok = html_page(out, "matrix.html", page);
    json_decref(page);
    return ok;
}
