/*
 * html.h - the HTML pages. Private to reports.
 *
 * One self-contained file, no outside resource; every text from a document is escaped. Its
 * style and its one script are allowed by their hashes and by nothing else, and the page
 * is complete without the script.
 *
 * Errors     false: the buffer is full, or a template is broken (a test reads them all).
 */
#ifndef ASSAY_REPORTS_HTML_H
#define ASSAY_REPORTS_HTML_H

#include <jansson.h>

#include "core/buf.h"

/* A template of templates/, filled with `page`, to which style and script are added. */
bool html_page(struct buf *out, const char *name, json_t *page);

#endif
