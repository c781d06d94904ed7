/*
 * diagnoses.h - which checks each known defect turns red (specs/diagnoses/known.json).
 *
 * The table is made by tools/diagnoses from the defects of `assay serve` and the
 * mutations of tests/mutants: a fault dictionary. A check that is newer than the table
 * is simply not in it.
 *
 * Ownership  diagnoses_free() frees all; texts are lent.
 * Threads    read-only once loaded, but for `left_out`.
 */
#ifndef ASSAY_HARNESS_CAUSES_DIAGNOSES_H
#define ASSAY_HARNESS_CAUSES_DIAGNOSES_H

#include <jansson.h>

#include "core/err.h"

enum { DIAGNOSIS_CLAUSES = 8 };

struct diagnosis {
    const char *name, *about;          /* "payload-in-find", one line */
    bool served;                       /* `assay serve --defect NAME` has it */
    size_t clauses[DIAGNOSIS_CLAUSES]; /* that it breaks; places in `clauses` */
    size_t clause_count;
    uint64_t *red;       /* a bit for each of `checks` */
    const json_t *likes; /* "place got" of its mismatches; or NULL (symptoms.h) */
    bool grids;          /* `red` speaks of the checks of grids, too */
    bool left_out;       /* not to be used: how the diagnoses themselves are measured */
};

struct diagnoses {
    json_t *doc;
    const char **checks;  /* ids, in the order of the suite */
    bool *of_grid;        /* is it a check of a grid? */
    size_t *check_clause; /* place in `clauses` */
    size_t check_count;
    const char **clauses;
    size_t clause_count;
    struct diagnosis *items;
    size_t count;
    json_t *place_of; /* check id -> place, clause id -> place */
    json_t *clause_of;
};

/* `dir` is where the specs are; or of any file. NULL with `err`. */
struct diagnoses *diagnoses_load(const char *dir, struct err *err);
struct diagnoses *diagnoses_load_file(const char *path, struct err *err);
void diagnoses_free(struct diagnoses *d); /* NULL is fine */
/* Places, or SIZE_MAX. */
size_t diagnoses_check(const struct diagnoses *d, const char *id);
size_t diagnoses_clause(const struct diagnoses *d, const char *id);
/* Is it known whether the check is red then? */
bool diagnosis_speaks_of(const struct diagnoses *d, const struct diagnosis *item,
                         size_t check);
bool diagnosis_has(const struct diagnosis *item, size_t check);
bool diagnosis_breaks(const struct diagnosis *item, size_t clause);

#endif
