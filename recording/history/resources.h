/*
 * resources.h - the other resources of an API, by what was done to them.
 *
 * No model: the state of an object is a number made of the patterns of the calls that wrote to
 * it, in their order. Two objects to which the same was done have the same state, whatever
 * their ids. The state of a collection (a path that objects were created under) is the sum
 * over the objects that are left in it.
 *
 * Ownership  the table owns its objects; a pointer to one holds until the next call that may
 *            add one.
 */
#ifndef ASSAY_RECORDING_HISTORY_RESOURCES_H
#define ASSAY_RECORDING_HISTORY_RESOURCES_H

#include <jansson.h>

#include "recording/history/resource_request.h"

struct resource {
    char *id;
    uint64_t state; /* 0 = nothing was done to it, or it was there before */
    bool deleted;
    char *collection; /* the path that it was created under; or NULL */
    int shown;        /* the write whose answer shows it as it is; -1 = none does */
};

struct resources {
    struct resource *items; /* in the order in which they were met */
    size_t count;
    json_t *index;       /* id -> index */
    json_t *collections; /* path -> state */
};

/* What a successful write answered. */
struct resource_outcome {
    const char *id;           /* of the object it shows; or NULL */
    const char *const *fresh; /* ids that nobody had seen before */
    size_t fresh_count;
    int interaction;
};

void resources_init(struct resources *s);
void resources_release(struct resources *s);
const struct resource *resources_find(const struct resources *s,
                                      const char *id); /* or NULL */
/* The state of the longest collection that begins the path; 0 = there is none. */
uint64_t resources_collection(const struct resources *s, const char *path);
/* A write was done. */
void resources_write(struct resources *s, const struct resource_request *q,
                     const struct resource_outcome *done);

#endif
