/*
 * rows.h - explore: rows that chance draws from the factors of the grids. Private to
 * explore.
 *
 * A row is short: it is not shrunk. What it found can be kept as it is printed, or be
 * added to the grid as a rule of `also`.
 *
 * Errors     explore_rows() fills the diags of the explorer.
 * Ownership  `kept` takes new references: the cases of rows in which a MUST is red.
 */
#ifndef ASSAY_HARNESS_EXPLORE_ROWS_H
#define ASSAY_HARNESS_EXPLORE_ROWS_H

#include "harness/explore/shrink.h"

/* Some rows for each of `count` sequences are sent. Their checks and cases join those of the document: what is
 * red, and what passed once a clause. */
void explore_rows(struct explorer *e, size_t count, json_t *doc, json_t *kept);

#endif
