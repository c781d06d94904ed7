/*
 * play_state.h - what is known of every secret while a case is played. Private to
 * harness/grid.
 *
 * A slot is a name in a scope of an account and mode. It remembers what became of it,
 * and what happened beside it since: so that what is seen next is laid to the clause
 * that says so.
 *
 * Ownership  a zeroed state is empty; play_state_release() empties it. Clauses are
 *            lent.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_GRID_PLAY_STATE_H
#define ASSAY_HARNESS_GRID_PLAY_STATE_H

#include <jansson.h>

#include "core/base.h"

enum fate_of { SLOT_NEVER, SLOT_LIVE, SLOT_DELETED, SLOT_EXPIRED };

struct secret_slot {
    char *world, *scope, *name;
    enum fate_of fate, before; /* before: at its last set */
    int64_t ends_s;            /* 0 = never */
    const char *beside;        /* the clause of what happened since, or NULL */
};

struct play_state {
    struct secret_slot *slots;
    size_t count;
};

struct secret_slot *play_slot(struct play_state *s, const char *world,
                              const json_t *scope, const char *name);
/* A set or delete of that slot was answered 200. */
void play_note_set(struct play_state *s, struct secret_slot *of, int64_t ends_s);
void play_note_delete(struct play_state *s, struct secret_slot *of);
/* A call that must change nothing, by that clause. */
void play_note_refused(struct play_state *s, const char *clause);
void play_note_time(struct play_state *s, int64_t now_s);
/* Why a name that is not there is not; why what is there is. */
const char *play_missing_clause(const struct play_state *s,
                                const struct secret_slot *of);
const char *play_present_clause(const struct secret_slot *of);
const char *play_list_clause(const struct play_state *s, const char *world,
                             const json_t *scope, size_t shown);
void play_state_release(struct play_state *s);

#endif
