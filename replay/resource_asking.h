/*
 * resource_asking.h - a request about another resource on its way: its pattern, and what was
 * done here to what it names.
 *
 * Ownership  resource_asking_end() empties.
 */
#ifndef ASSAY_REPLAY_RESOURCE_ASKING_H
#define ASSAY_REPLAY_RESOURCE_ASKING_H

#include "replay/replay_request.h"
#include "replay/resource_ids.h"

struct resource_asking {
    struct resource_request request;
    struct resources *states;
    uint64_t collection; /* of what the path begins with */
};

/* False: it is about nothing that the recording knows of; there is nothing to end. */
bool resource_asking_begin(struct resource_asking *a, const struct replay_request *q);
void resource_asking_end(struct resource_asking *a);

/* Is the object at that place of the request deleted here? */
bool resource_asking_deleted(const struct resource_asking *a, size_t place);
/* The fingerprint with the recorded ids in place of those of here; free(). */
char *resource_asking_fingerprint(const struct replay_request *q);
/* What is deleted on one side alone: a sentence for each, added to the list. */
void resource_asking_differences(const struct replay_request *q,
                                 const struct interaction *t, json_t *list);

#endif
