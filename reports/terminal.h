/*
 * terminal.h - the parts of the terminal report. Private to reports.
 */
#ifndef ASSAY_REPORTS_TERMINAL_H
#define ASSAY_REPORTS_TERMINAL_H

#include "reports/reports.h"

/* The causes in order, ten unless verbose. */
void add_causes(struct buf *out, const json_t *results, const struct report_options *o);

#endif
