/*
 * reports.h - writers over result documents (docs/results.md): each is a pure function
 * of the document, so the same result gives the same bytes.
 *
 * Errors     false with `err`: an unknown format, a file that is no result document, and
 *            ERR_PEER for a badge of what may or may not conform.
 * Ownership  results_worst() steals both and returns one.
 * Threads    pure functions.
 */
#ifndef ASSAY_REPORTS_REPORTS_H
#define ASSAY_REPORTS_REPORTS_H

#include "core/err.h"
#include "reports/writers.h"

extern const char *const report_formats[]; /* NULL last */
bool report_format_known(const char *name);
enum report_needs {
    NEEDS_CHECK = 1 << 0,      /* the id of a red check, in the options */
    NEEDS_CONCLUSION = 1 << 1, /* that the target conforms, or that it does not */
    NEEDS_FOLDER = 1 << 2      /* it is made by site.h */
};
bool report_format_needs(const char *name, enum report_needs what);
/* One document, or several for a matrix (html, markdown, terminal). */
bool report_write(const char *format, const json_t *const *results, size_t count,
                  const struct report_options *options, struct buf *out,
                  struct err *err);

/* Is what was read from a file a result document? The first thing that is wrong, with
 * its pointer. The writers above want one that is. */
bool results_check(const json_t *results, struct err *err);
/* The worst verdict of each check of two runs of the same suite. */
json_t *results_worst(json_t *a, json_t *b);

#endif
