/*
 * target.h - `--target URL|PROFILE` with `--key` and `--base-url`, for every command
 * that talks to one.
 */
#ifndef ASSAY_CLI_TARGET_H
#define ASSAY_CLI_TARGET_H

#include "api/profile.h"
#include "cli/reach.h"
#include "harness/spec/spec.h"

struct target_options {
    const char *target, *key, *key_file, *base_url;
    struct reach_flags reach;
    bool allow_live;
};

/* The rows of an option table that fill in `o`. */
#define TARGET_OPTIONS(o, what)                                                        \
    {.name = "target",                                                                 \
     .kind = OPTION_TEXT,                                                              \
     .value = &(o).target,                                                             \
     .argument = "URL|PROFILE",                                                        \
     .help = what},                                                                    \
        {.name = "key",                                                                \
         .kind = OPTION_TEXT,                                                          \
         .value = &(o).key,                                                            \
         .argument = "KEY",                                                            \
         .secret = true,                                                               \
         .help = "the key for a URL; - reads it from stdin (default: $ASSAY_KEY)"},    \
        {.name = "key-file",                                                           \
         .kind = OPTION_TEXT,                                                          \
         .value = &(o).key_file,                                                       \
         .argument = "FILE",                                                           \
         .help = "the key for a URL is the first line of FILE"},                       \
        {.name = "base-url",                                                           \
         .kind = OPTION_TEXT,                                                          \
         .value = &(o).base_url,                                                       \
         .argument = "URL",                                                            \
         .help = "instead of the profile's base_url"},                                 \
        {.name = "timeout",                                                            \
         .kind = OPTION_DURATION,                                                      \
         .value = &(o).reach.timeout_ms,                                               \
         .argument = "TIME",                                                           \
         .min = 1,                                                                     \
         .max = 600000,                                                                \
         .help = "time limit of one request: 500ms, 30s (default 10s)"},               \
        REACH_OPTIONS((o).reach), {                                                    \
        .name = "allow-live", .kind = OPTION_FLAG, .value = &(o).allow_live,           \
        .help = "accept a key that looks live"                                         \
    }

/* NULL after saying why on stderr; the exit code is 2 then. */
struct profile *target_load(const struct command *c, const struct target_options *o);
/* On stderr: waivers of checks that the suite does not have, and those that are over.
 */
void target_tell_waivers(const struct profile *p, const struct specs *specs);

#endif
