/*
 * diagnose.h - the causes of a result document, for every command that makes one.
 */
#ifndef ASSAY_CLI_DIAGNOSE_H
#define ASSAY_CLI_DIAGNOSE_H

#include <jansson.h>

/* Adds `causes` (docs/results.md). Without the table of known defects, which is told on
 * stderr, like mismatches make them. */
void diagnose(json_t *results);

#endif
