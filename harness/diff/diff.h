/*
 * diff.h - re-send what was recorded to a live target and compare the answers.
 *
 * Each history of the recording is sent again in its order, under fresh names and users,
 * so that nothing of the target's own is touched; what it leaves is removed. Answers
 * are compared by what a field is:
 *
 *   exact      status, types, words of the API, error codes and parameters
 *   renamed    names and users: those that were sent
 *   shifted    created, Date: the same distance from now, within 5 s; expires_at: as it
 *              was sent; and a secret ends then, EXP-3's second of slack allowed
 *   made up    payloads: they come back exactly (plain ones where those recorded were
 *              changed)
 *   generated  ids, request ids: of the same type; equal where they were equal
 *   free       messages, and headers other than Content-Type
 *
 * What has changed, but breaks no clause (freedom.h), is a `warn` with `changed`: true.
 * Secrets of others in a scope that is shared are left out.
 *
 * Each recorded exchange is a check `diff/exchange-N/CLAUSE` of the result document;
 * the clause is that of the call. Exit code: 0 same, 1 drift (also if the
 * target went away after it was found), 3 could not be compared.
 */
#ifndef ASSAY_HARNESS_DIFF_DIFF_H
#define ASSAY_HARNESS_DIFF_DIFF_H

#include "harness/run/run.h"
#include "recording/recording.h"

/* `path` is where the recording stands: the places of the checks are its lines. */
json_t *diff_run(const struct recording *recording, const char *path,
                 const struct specs *specs, const struct profile *profile,
                 const struct run_options *options, const struct run_progress *progress,
                 struct err *err);

#endif
