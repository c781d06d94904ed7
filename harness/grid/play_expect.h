/*
 * play_expect.h - what every implementation must answer where the model answers so.
 * Private to harness/grid.
 *
 * Ownership  expectations are new references; clauses are lent and live for ever.
 * Threads    none shared.
 */
#ifndef ASSAY_HARNESS_GRID_PLAY_EXPECT_H
#define ASSAY_HARNESS_GRID_PLAY_EXPECT_H

#include "harness/grid/play_state.h"
#include "harness/run/request.h"

/* One call and the model's answer to it. */
struct played {
    const struct step *step;
    const struct call *call; /* NULL = a raw request */
    const char *as, *world;
    const json_t *params; /* filled in */
    const json_t *scope;  /* as sent, or NULL */
    const char *name;     /* short; NULL = none */
    json_t *result;       /* {status, body, sent, ..}, names short */
    bool walk;
    bool as_if;      /* the reading has other parameters than are sent */
    size_t in_scope; /* a list: how many secrets the scope holds */
    const struct vars *vars;
    const json_t *placed; /* variables that name what stands at a place of a list */
    struct play_state *state;
};

const char *play_clause(const struct played *j);
json_t *play_expect(const struct played *j);
/* A refusal of any kind. */
json_t *play_expect_refusal(void);
/* What the call did to the state. */
void play_follow(const struct played *j);

#endif
