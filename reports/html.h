/*
 * html.h - what the HTML pages share. Private to reports.
 *
 * One self-contained file, no outside resource, no script; every text from a document
 * is escaped.
 */
#ifndef ASSAY_REPORTS_HTML_H
#define ASSAY_REPORTS_HTML_H

#include "reports/text.h"

/* Markup, an escaped text, markup. */
void html_add(struct buf *out, const char *before, const char *text, const char *after);
/* A word with a shape, so that colour is never alone. */
void html_add_verdict(struct buf *out, const char *verdict);
void html_begin(struct buf *out, const char *title); /* up to and with <main> */
bool html_end(struct buf *out);
/* A table that scrolls on a small screen, up to its head row. */
void html_open_table(struct buf *out, const char *label);

/* matrix.c: several documents, clause by clause */
bool matrix_html(const json_t *const *results, size_t count, struct buf *out);
bool matrix_markdown(const json_t *const *results, size_t count, struct buf *out);
bool matrix_terminal(const json_t *const *results, size_t count, struct buf *out);

#endif
