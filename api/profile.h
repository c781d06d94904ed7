/*
 * profile.h - what an implementer says about the thing under test: a target profile.
 *
 * Units      expiry_grace_ms milliseconds; dates are UTC days.
 * Ownership  profile_free() frees all; strings are lent. `key` texts are secrets: never
 *            print them.
 * Threads    read-only once loaded.
 */
#ifndef ASSAY_API_PROFILE_H
#define ASSAY_API_PROFILE_H

#include "core/err.h"
#include "core/http.h"

struct credential {
    char *role; /* main, other_account, live, ui_extension */
    char *key;
    char *user; /* ui_extension: the user it acts for; else NULL */
};

struct waiver {
    char *check, *clause; /* a check or a glob over ids; or a clause: one is NULL */
    char *until, *reason, *link; /* until: YYYY-MM-DD, the last good day */
    int line, column;            /* in the profile */
    bool expired;                /* by the machine's date at loading */
};

/* How the target is reached (profile_connection.h); options of a command set it, too. */
struct profile_connection {
    struct http_headers headers;
    char *proxy, *cacert, *cert, *cert_key; /* each may be NULL */
    bool insecure;
    int64_t timeout_ms, rate_us; /* 0 = the default, any */
};

struct profile {
    char *source; /* path, or NULL when made from a URL */
    char *target; /* the name in reports */
    char *organization, *version, *url, *contact; /* each may be NULL */
    char *base_url; /* scheme://host[:port][/path], no slash at the end */
    struct profile_connection connection;
    struct credential *credentials;
    size_t credential_count;
    char **users; /* NULL when the target takes any */
    size_t user_count;
    int64_t secrets_per_scope;       /* 10 when not said; -1 = no cap */
    int64_t expiry_grace_ms;         /* 1,000 when not said */
    char *clock_method, *clock_path; /* NULL when the clock cannot be advanced */
    char *clock_form; /* as written form text with ${seconds} in it, or NULL */
    char **without;   /* what the target does not offer: list, delete, users .. */
    size_t without_count;
    struct waiver *waivers;
    size_t waiver_count;
};

const struct credential *profile_credential(const struct profile *p, const char *role);
/* The role whose key this is, or NULL. */
const struct credential *profile_by_key(const struct profile *p, const char *key);
void profile_free(struct profile *p);

#endif
