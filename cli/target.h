/*
 * target.h - `--target URL|PROFILE` with `--key` and `--base-url`, for every command
 * that talks to one.
 */
#ifndef ASSAY_TARGET_H
#define ASSAY_TARGET_H

#include "cli/options.h"
#include "core/profile.h"
#include "harness/spec.h"

struct target_options {
    const char *target, *key, *base_url, *cacert;
    bool allow_live;
};

/* NULL after telling why on stderr; the exit code is 2 then. */
struct profile *target_load(const struct command *c, const struct target_options *o);
/* On stderr: waivers of checks that the suite does not have, and those that are over.
 */
void target_tell_waivers(const struct profile *p, const struct specs *specs);

#endif
