/*
 * play.h - a case as the model answers it: its steps that say `judge` get their
 * checks.
 *
 * The case is played against the model, the same requests byte for byte. Each judged
 * answer becomes one check that holds what every implementation must answer and leaves
 * free what the API leaves free: ids and times are those that the target gave, a place
 * in a list is the target's own. Where a step names other lawful readings, the case is
 * played once for each, and any answer that one of them gives is right.
 *
 * The clause is that of the answer by the plain reading: why it is refused, or what
 * became of the secret before.
 *
 * Ownership  checks live as long as the loader's specs.
 * Threads    one.
 */
#ifndef ASSAY_HARNESS_GRID_PLAY_H
#define ASSAY_HARNESS_GRID_PLAY_H

#include "harness/spec/spec_load.h"

/* Once the case is loaded. */
void play_case(struct spec_loader *l, struct test_case *c);

#endif
