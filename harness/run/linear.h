/*
 * linear.h - is there an order of concurrent operations that explains every answer?
 *
 * Threads    pure.
 */
#ifndef ASSAY_HARNESS_RUN_LINEAR_H
#define ASSAY_HARNESS_RUN_LINEAR_H

#include "core/linearize.h"
#include "harness/spec/catalogue.h"

struct operation {
    enum effect effect;
    char *key;          /* role, scope and name */
    const char *value;  /* written, or read; NULL = nothing there */
    int64_t begin, end; /* us; end INT64_MAX = unanswered */
    bool refused;       /* had no effect and says nothing */
};
enum linearized linearizable(const struct operation *ops, size_t count,
                             const char *initial);

#endif
