/*
 * http_target.h - the forms of a request target (RFC 9112 section 3.2).
 *
 * Ownership  what a target is split into points into it.
 * Threads    any; nothing is kept.
 */
#ifndef ASSAY_CORE_HTTP_TARGET_H
#define ASSAY_CORE_HTTP_TARGET_H

#include "core/base.h"

enum http_target_form {
    TARGET_ORIGIN,    /* /path?query */
    TARGET_ABSOLUTE,  /* http://host:port/path?query, as a proxy is asked */
    TARGET_AUTHORITY, /* host:port, of CONNECT */
    TARGET_ASTERISK,  /* *, of OPTIONS */
    TARGET_INVALID
};

struct http_target { /* set for the absolute form alone */
    const char *authority;
    size_t authority_len;
    const char *rest; /* path and query; may be empty, or begin with '?' */
    bool secure;      /* https */
};

/* `method` decides between the authority form and what is none. Userinfo is refused,
 * and so is an empty host (RFC 9110 section 4.2.4, 4.2.1). */
enum http_target_form http_target_split(const char *method, const char *target,
                                        struct http_target *out);

#endif
