/*
 * writers.h - one writer a format. Private to reports.
 *
 * Errors     false: the buffer is full.
 * Threads    pure functions.
 */
#ifndef ASSAY_REPORTS_WRITERS_H
#define ASSAY_REPORTS_WRITERS_H

#include <jansson.h>

#include "core/buf.h"

struct report_options {
    bool color;          /* terminal */
    bool quiet;          /* terminal: the verdict and what is red */
    bool verbose;        /* terminal: every red check, not the causes alone */
    const char *results; /* terminal: where the document is kept, or NULL */
    const char *check;   /* sh, hurl: the id of the check */
    const char *home;    /* html: a page that it leads back to, or NULL */
};

bool write_terminal(const json_t *results, const struct report_options *o,
                    struct buf *out);
bool write_junit(const json_t *results, const struct report_options *o,
                 struct buf *out);
bool write_tap(const json_t *results, const struct report_options *o, struct buf *out);
bool write_ctrf(const json_t *results, const struct report_options *o, struct buf *out);
bool write_markdown(const json_t *results, const struct report_options *o,
                    struct buf *out);
bool write_badge(const json_t *results, const struct report_options *o,
                 struct buf *out);
bool write_shields(const json_t *results, const struct report_options *o,
                   struct buf *out);
bool write_json(const json_t *results, const struct report_options *o, struct buf *out);
bool write_github(const json_t *results, const struct report_options *o,
                  struct buf *out);
bool write_waivers(const json_t *results, const struct report_options *o,
                   struct buf *out);
/* Why there can be no script for that check, or NULL. */
const char *script_missing(const json_t *results, const char *id);
bool write_script(const json_t *results, const struct report_options *o,
                  struct buf *out);
bool write_hurl(const json_t *results, const struct report_options *o, struct buf *out);
bool write_html(const json_t *results, const struct report_options *o, struct buf *out);

#endif
