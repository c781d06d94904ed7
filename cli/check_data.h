/*
 * check_data.h - `assay check` of what is neither spec nor profile nor recording: the clauses, the
 * calls, the known defects, and what a replay spoils.
 *
 * Errors     all on stderr with their places. Returns the exit code; a line of what is good goes
 *            to stdout.
 */
#ifndef ASSAY_CLI_CHECK_DATA_H
#define ASSAY_CLI_CHECK_DATA_H

int check_clauses(
    const char *path); /* with the endpoints.yaml beside it, or the installed one */
int check_endpoints(
    const char *path); /* with the clauses.yaml beside it, or the installed one */
int check_faults(const char *path);
int check_diagnoses(const char *path);

#endif
