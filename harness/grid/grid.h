/*
 * grid.h - factors and their values become the cases of a suite.
 *
 * A grid (specs/grids/NAME.yaml) names factors, what may not go together, and one case
 * in which `$(factor)` and `$(factor.member)` stand for what a row has there. The rows
 * are a covering array (core/covering.h): all pairs, or more. Each becomes an ordinary
 * case of the suite `grid.NAME`; its id is made of the values that are not the usual
 * ones, so it stays what it is when a factor is added.
 *
 * Units      rows and factors count from 0.
 * Errors     told with their place in the grid's file, all at once, as those of specs.
 * Ownership  what is returned lives as long as the loader's specs.
 * Threads    one.
 */
#ifndef ASSAY_HARNESS_GRID_GRID_H
#define ASSAY_HARNESS_GRID_GRID_H

#include "harness/spec/spec_load.h"

/* The options of the loader's extension. */
struct grid_options {
    unsigned depth; /* 2 = as many factors together as the grid says; 3 = one more */
    size_t
        random_rows; /* instead: so many for a hundred values of a grid, by the seed */
    uint64_t seed;
};

/* The spec that the loader's grid stands for: a mapping with spec, suite, about and
 * cases. NULL if there was any error, or no row is wanted. */
const struct yaml_node *grid_expand(struct spec_loader *l);

#endif
