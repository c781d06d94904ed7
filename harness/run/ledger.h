/*
 * ledger.h - what a run may leave behind, on disk before the request is sent.
 *
 * One JSON object a line; the first names the target, the run and the process. Keys are
 * never in it: a credential is named by its role.
 *
 * Errors     ledger_note() false = it could not be written; the request must not be
 *            sent.
 */
#ifndef ASSAY_HARNESS_RUN_LEDGER_H
#define ASSAY_HARNESS_RUN_LEDGER_H

#include <jansson.h>

#include "core/err.h"

struct ledger;

/* The folder: `dir`, else $XDG_STATE_HOME/assay, else ~/.local/state/assay, else
 * /tmp/assay-UID. It is made for its user alone. */
char *ledger_dir(const char *dir); /* free() */
/* Nobody else can have written it: a ledger says what is to be deleted. */
bool ledger_is_ours(const char *path, struct err *err);
/* Nothing is written before the first note. */
struct ledger *ledger_new(const char *dir, const char *base_url, const char *run_id);
/* Whether it can be written, asked before anything is sent. */
bool ledger_ready(const struct ledger *l, struct err *err);
bool ledger_note(struct ledger *l, const json_t *scope, const char *name,
                 const char *role, struct err *err);
/* `keep`: something is left; the file stays for `assay sweep`. */
void ledger_close(struct ledger *l, bool keep);

#endif
