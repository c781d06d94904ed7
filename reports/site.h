/*
 * site.h - the dated results of a folder as a site of files: an index with the matrix, the
 * trend of each clause, a page a run, and a badge a target. No server is needed.
 *
 *     index.html           the newest results side by side, all runs, the badges
 *     trend.html           a target's clauses over its dated results
 *     runs/NAME.html       each result, as --format html shows it
 *     badges/TARGET.svg    of the newest result of a target
 *     badges/TARGET.json   the same for shields.io
 *
 * Errors     false with `err`.
 * Ownership  site_new() is for site_free(). site_add() lends the document; of it the site
 *            keeps what the index needs, without the evidence.
 * Threads    none shared.
 */
#ifndef ASSAY_REPORTS_SITE_H
#define ASSAY_REPORTS_SITE_H

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"

struct site;
/* Takes one file; `path` is relative to the site. */
typedef bool site_put(void *arg, const char *path, const struct buf *bytes,
                      struct err *err);

struct site *site_new(site_put *put, void *arg);
/* `file` is the name of the document's file; its page is written at once. */
bool site_add(struct site *s, const char *file, const json_t *results, struct err *err);
/* After the last one: all else. */
bool site_finish(struct site *s, struct err *err);
void site_free(struct site *s); /* NULL is fine */

#endif
