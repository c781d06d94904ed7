/*
 * view.h - a result document as the values that the templates name. Private to reports.
 *
 * A template knows no result document: what it shows stands here under the names that it
 * has in templates/. Texts are those of the document, as they are; the template escapes.
 *
 * Ownership  view_open() gives what view_close() frees; it lends the document. Values are
 *            new references.
 * Threads    none shared.
 */
#ifndef ASSAY_REPORTS_VIEW_H
#define ASSAY_REPORTS_VIEW_H

#include <jansson.h>

#include "reports/writers.h"

struct view {
    const json_t *results;
    const struct report_options *options;
    const char *file;   /* what commands call the document */
    json_t *checks;     /* id -> check */
    json_t *clauses;    /* id -> clause */
    json_t *anchors;    /* check id -> its anchor in the page */
    json_t *shown_rows; /* row -> the failure that shows its requests */
    json_t *calls;      /* call -> true: what one may filter by */
};

void view_open(struct view *v, const json_t *results, const struct report_options *o);
void view_close(struct view *v);

/* view_failure.c */
bool is_shown_failure(const json_t *check); /* red, warn or waived */
/* {id, anchor, verdict, again, clause, call, mismatches, exchanges ..} */
json_t *view_failure(struct view *v, const json_t *check);
/* The same in one line: {id, anchor, verdict, pointer, expected, got, reason ..} */
json_t *view_example(const struct view *v, const json_t *check);
/* {id, level, text, source} */
json_t *view_clause_line(const struct view *v, const char *id);

/* view_clauses.c: [{area, clauses: [{id, level, .. failures, passed, others}]}] */
json_t *view_areas(const struct view *v);

/* view_report.c: the whole page */
json_t *view_report(struct view *v);

/* view_head.c: {name, base_url, started, day, digest, verdict, state, levels ..} */
json_t *view_head(const json_t *results);

/* A member that is there, into `to`; lends. */
void view_take(json_t *to, const json_t *from, const char *key);

#endif
