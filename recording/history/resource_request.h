/*
 * resource_request.h - a request about other resources of the same API (customers, ..): its
 * pattern, and the ids in it.
 *
 * The pattern is its fingerprint with {id} for each id that is known. Two requests of one pattern
 * do the same to other objects.
 *
 * Ownership  resource_request_release() empties; texts are copies.
 */
#ifndef ASSAY_RECORDING_HISTORY_RESOURCE_REQUEST_H
#define ASSAY_RECORDING_HISTORY_RESOURCE_REQUEST_H

#include "recording/history/request_key.h"

struct resource_request {
    char *pattern;
    char *path;
    char **ids; /* in the order of the pattern; a known cursor is the last */
    size_t count;
    size_t in_path;              /* the first so many stand in the path */
    bool writes, deletes, reads; /* by its method; deletes is one of writes */
    bool names_one;              /* the path ends with an id */
};

/* What can be an id at all: so many characters of str_is_word_char(). */
enum { RESOURCE_ID_MIN = 6, RESOURCE_ID_MAX = 128 };

typedef bool resource_id_is_known(const void *context, const char *id, size_t len);

/* Is it about another resource: neither one of the Secrets API's paths nor of Assay's? */
bool resource_request_is(const struct http_request *request,
                         const struct request_key *key);
void resource_request_read(struct resource_request *q,
                           const struct http_request *request,
                           const struct request_key *key, resource_id_is_known *known,
                           const void *context);
void resource_request_release(struct resource_request *q);

#endif
