/*
 * terminal.h - the parts of the terminal report. Private to reports.
 */
#ifndef ASSAY_REPORTS_TERMINAL_H
#define ASSAY_REPORTS_TERMINAL_H

#include "reports/reports.h"

/* How many causes there are that say something of the target. */
size_t causes_to_tell(const json_t *results);
/* The causes in order, ten unless verbose. */
void add_causes(struct buf *out, const json_t *results, const struct report_options *o);

#endif
