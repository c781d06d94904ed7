/*
 * suspects.h - what may be a secret, though nothing says so: random text under a name
 * that nobody knows.
 *
 * For a person to judge. Identifiers, times, digests of what is sent and their like are
 * random, too, and are told by the words of their names.
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_SUSPECTS_H
#define ASSAY_RECORDING_REDACT_SUSPECTS_H

#include "core/http.h"

/* `len`: of the value, which is not shown. */
typedef void suspect_use(void *context, const char *name, size_t name_len, size_t len);

void suspects_in_request(const struct http_request *request, suspect_use *use,
                         void *context);
void suspects_in_response(const struct http_response *response, suspect_use *use,
                          void *context);

#endif
