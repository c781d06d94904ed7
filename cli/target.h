/*
 * target.h - `--target URL|PROFILE` with `--key` and `--base-url`, for every command
 * that talks to one.
 */
#ifndef ASSAY_TARGET_H
#define ASSAY_TARGET_H

#include "cli/options.h"
#include "core/profile.h"

struct target_options {
    const char *target, *key, *base_url, *cacert;
    bool allow_live;
};

/* NULL after telling why on stderr; the exit code is 2 then. */
struct profile *target_load(const struct command *c, const struct target_options *o);

#endif
