/*
 * look.h - how an id looks, and others that look so.
 *
 * Threads    any; a source of numbers is one thread's.
 */
#ifndef ASSAY_LOOK_H
#define ASSAY_LOOK_H

#include "core/id.h"

struct look {
    size_t
        constant; /* bytes that all of them begin with: "appsecret_", "sec-", "req" */
    const char *characters; /* that the rest is made of */
    bool uuid, number;      /* number: they are counted */
};

struct look look_of(const char *id);
/* Other characters in place of its own, beside the constant part. Not for numbers. */
void look_renew(const struct look *l, struct id_source *random, char *id);

#endif
