/*
 * redact_doc.h - the last look at a result document, before anybody sees it.
 *
 * A secret of somebody else may show first in the last answer of a run: what was kept of
 * the earlier ones is searched again, with all that is known by then. It also finds what a
 * part of the run has kept without asking the redactor.
 *
 * Threads    the thread of the run.
 */
#ifndef ASSAY_HARNESS_RUN_REDACT_DOC_H
#define ASSAY_HARNESS_RUN_REDACT_DOC_H

#include "harness/result_doc.h"
#include "recording/redact/redactor.h"

/* In place. Counts in the document what was hidden. */
void redact_doc(struct result_doc *doc, struct redactor *r);

#endif
