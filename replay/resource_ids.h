/*
 * resource_ids.h - which recorded ids the ids of other resources stand for here, and what was
 * done to each here.
 *
 * The first time that a recorded call creates something it keeps the recorded ids; each time
 * after that they are new ones. Ids that came with one answer belong together: where one of
 * them stands for a recorded id, so do the others.
 *
 * Ownership  resource_ids_new() borrows the histories and their calls. Pairs own their texts;
 *            resource_pairs_release() empties.
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_RESOURCE_IDS_H
#define ASSAY_REPLAY_RESOURCE_IDS_H

#include "recording/history/resource_calls.h"
#include "replay/session.h"

/* A text of a recorded answer, and what it is here. */
struct resource_pair {
    char *there, *here;
    bool is_name; /* of an object: the value of a member `name`, not an id */
    bool born;    /* here it was made `shift` seconds after it was there */
    int64_t shift;
};

struct resource_pairs {
    struct resource_pair *items;
    size_t count;
};

/* NULL = it is none of them. */
const struct resource_pair *resource_pairs_find(const struct resource_pairs *p,
                                                const char *there, bool is_name);
/* The ids of the pairs in a text, each as it is here. */
void resource_pairs_swap(const struct resource_pairs *p, char **text);
void resource_pairs_release(struct resource_pairs *p);

struct resource_ids;

struct resource_ids *resource_ids_new(const struct histories *histories,
                                      const struct resource_calls *calls);
void resource_ids_free(struct resource_ids *s); /* NULL is fine */

/* For resource_request_read(): recorded ids are known, and those that were given here. */
bool resource_ids_known(const void *ids, const char *id, size_t len);
/* The recorded id that one stands for; itself if it is none of ours. */
const char *resource_ids_there(const struct resource_ids *s, const char *here);
/* What was done to the objects of a history here. */
struct resources *resource_ids_states(struct resource_ids *s, int history);
/* How often it was called with that text before. */
size_t resource_ids_turn(struct resource_ids *s, const char *text);

struct resource_pairing {
    struct sessions *sessions; /* makes new ids */
    const struct resource_request *here;
    const struct interaction *interaction; /* whose answer is to be shown */
    const char *name;                      /* of the request, or NULL */
    int64_t now;
};

/* What the answer of the interaction shows, as it is here. An answer that creates has new
 * ids for what was created before; they are bound from now on. */
void resource_ids_pair(struct resource_ids *s, const struct resource_pairing *g,
                       struct resource_pairs *out);
/* The same for the answer to an earlier write, shown as the object `id` that it wrote. */
void resource_ids_pair_shown(struct resource_ids *s, const struct resource_pairing *g,
                             const char *id, struct resource_pairs *out);

#endif
