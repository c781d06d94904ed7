/*
 * reach.h - how the target or the upstream is reached: the options that every command has
 * which talks to one.
 *
 * Ownership  flags borrow argv; what reach_apply() fills in is freed by profile_free().
 */
#ifndef ASSAY_CLI_REACH_H
#define ASSAY_CLI_REACH_H

#include "api/profile.h"
#include "cli/options.h"

struct reach_flags {
    struct option_list headers;
    const char *cacert, *cert, *cert_key, *proxy, *rate;
    bool insecure;
    int64_t timeout_ms; /* 0 = the default */
};

/* The rows of an option table that fill in `f`. */
#define REACH_OPTIONS(f)                                                               \
    {.name = "header",                                                                 \
     .kind = OPTION_LIST,                                                              \
     .value = &(f).headers,                                                            \
     .argument = "'NAME: VALUE'",                                                      \
     .secret = true,                                                                   \
     .help = "on every request that has none of that name; may be repeated"},          \
        {.name = "cacert",                                                             \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).cacert,                                                         \
         .argument = "FILE",                                                           \
         .help = "certificates to trust for https"},                                   \
        {.name = "cert",                                                               \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).cert,                                                           \
         .argument = "FILE",                                                           \
         .help = "the client certificate that is shown, PEM"},                         \
        {.name = "cert-key",                                                           \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).cert_key,                                                       \
         .argument = "FILE",                                                           \
         .help = "and its private key"},                                               \
        {.name = "proxy",                                                              \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).proxy,                                                          \
         .argument = "URL",                                                            \
         .secret = true,                                                               \
         .help = "go through this proxy; the environment names none"},                 \
        {.name = "insecure",                                                           \
         .kind = OPTION_FLAG,                                                          \
         .value = &(f).insecure,                                                       \
         .help = "do not verify the certificate of the other end"},                    \
    {                                                                                  \
        .name = "rate", .kind = OPTION_TEXT, .value = &(f).rate, .argument = "N/s",    \
        .help = "send no faster than this, as 20/s or 90/m"                            \
    }

/* What the options say, over what the profile says. -1 to go on, else the exit code. */
int reach_apply(const struct command *c, const struct reach_flags *f,
                struct profile_connection *out);
/* An upstream as a target: that of the profile `credentials`, which may be NULL, with this
 * URL and what the options say. NULL after saying what is wrong. */
struct profile *reach_upstream(const struct command *c, const char *credentials,
                               const char *url, const struct reach_flags *f);
/* Is any of them given? */
bool reach_given(const struct reach_flags *f);
void reach_release(struct reach_flags *f);

#endif
