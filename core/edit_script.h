/*
 * edit_script.h - how one list becomes another: which items stay, go and come.
 *
 * Myers' O(ND) search for the shortest script. Where more than EDIT_MOST items differ it
 * is not searched for any longer: the middle goes and comes as a whole.
 *
 * Ownership  the script is for free().
 * Threads    a pure function.
 */
#ifndef ASSAY_CORE_EDIT_SCRIPT_H
#define ASSAY_CORE_EDIT_SCRIPT_H

#include "core/base.h"

enum { EDIT_MOST = 2000 };

enum edit_kind { EDIT_SAME, EDIT_GONE, EDIT_NEW };

struct edit {
    enum edit_kind kind;
    size_t a, b; /* where in both; of one that comes or goes, only its own counts */
};

/* Items are equal when their numbers are. `*count` edits, in order. */
struct edit *edit_script(const uint64_t *a, size_t a_count, const uint64_t *b,
                         size_t b_count, size_t *count);
/* Of bytes: a number for such items (FNV-1a). */
uint64_t edit_hash(const void *bytes, size_t len);

#endif
