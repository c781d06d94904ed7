/*
 * id_format.h - how an id looks, and others that look so.
 *
 * Threads    any; a source of numbers is one thread's.
 */
#ifndef ASSAY_REPLAY_TEXT_ID_FORMAT_H
#define ASSAY_REPLAY_TEXT_ID_FORMAT_H

#include "core/id.h"

struct id_format {
    size_t
        constant; /* bytes that all of them begin with: "appsecret_", "sec-", "req" */
    const char *characters; /* that the rest is made of */
    bool uuid, number;      /* number: they are counted */
};

struct id_format id_format_of(const char *id);
/* Other characters in place of its own, beside the constant part. Not for numbers. */
void id_format_renew(const struct id_format *l, struct id_source *random, char *id);

#endif
