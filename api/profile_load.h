/*
 * profile_load.h - a target profile from its file, or from a URL.
 *
 * Errors     all errors of the file are told at once.
 * Ownership  what is returned is for profile_free().
 */
#ifndef ASSAY_API_PROFILE_LOAD_H
#define ASSAY_API_PROFILE_LOAD_H

#include "api/profile.h"

enum profile_flags {
    PROFILE_ALLOW_LIVE = 1 << 0, /* a key that looks live may stand outside `live` */
    PROFILE_KEYS_ONLY = 1 << 1,  /* for servers: base_url may be missing, and what is
                                    about the way to it is not read */
    PROFILE_OTHER_URL = 1 << 2,  /* base_url may be missing: another one is used */
};

struct profile *profile_load(const char *path, unsigned flags, struct diags *diags);
/* A profile with one credential, as `--target URL --key KEY` means it. */
struct profile *profile_from_url(const char *url, const char *key, unsigned flags,
                                 struct diags *diags);

#endif
