/*
 * matrix.h - several result documents side by side, clause by clause. Private to reports.
 *
 * Ownership  matrix_clauses() and matrix_view() give new references; texts are lent.
 */
#ifndef ASSAY_REPORTS_MATRIX_H
#define ASSAY_REPORTS_MATRIX_H

#include <jansson.h>

#include "core/buf.h"

bool matrix_html(const json_t *const *results, size_t count, struct buf *out);
bool matrix_markdown(const json_t *const *results, size_t count, struct buf *out);
bool matrix_terminal(const json_t *const *results, size_t count, struct buf *out);

/* The clauses of all documents, in the order of the first that has each. */
json_t *matrix_clauses(const json_t *const *results, size_t count);
/* "unchecked" where a document has no such clause. */
const char *matrix_verdict(const json_t *results, const char *clause);
/* Do they disagree? Such rows are what a reader looks for. */
bool matrix_differs(const json_t *const *results, size_t count, const char *clause);
/* The values of templates/matrix_table.html. A cell leads to its clause in pages[i], or
 * to the same page if `pages` is NULL. */
json_t *matrix_view(const json_t *const *results, size_t count,
                    const char *const *pages);

#endif
