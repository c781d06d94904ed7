/*
 * journal_scan.h - records as journal.c writes them, read without a tree of JSON.
 *
 * Private to journal_read.c. A record that stands otherwise, by another version or another
 * hand, is left to jansson; so is whatever is wrong.
 *
 * Ownership  `x` is zeroed before, and the caller's when true; else it is as before.
 * Threads    pure.
 */
#ifndef ASSAY_RECORDING_JOURNAL_SCAN_H
#define ASSAY_RECORDING_JOURNAL_SCAN_H

#include "recording/recording.h"

bool journal_scan_intent(const char *text, size_t len, struct recorded *x);
/* Without a request; x->number says which one. */
bool journal_scan_outcome(const char *text, size_t len, struct recorded *x);

#endif
