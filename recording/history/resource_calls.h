/*
 * resource_calls.h - what a recording shows of other resources of the API: which call met
 * which objects in which state, and which ids its answer showed first.
 *
 * Ownership  resource_calls_new() borrows the histories; NULL = the recording shows none.
 *            resource_calls_free(NULL) is fine.
 * Threads    read-only once made.
 */
#ifndef ASSAY_RECORDING_HISTORY_RESOURCE_CALLS_H
#define ASSAY_RECORDING_HISTORY_RESOURCE_CALLS_H

#include "recording/history/history.h"
#include "recording/history/resources.h"

/* One recorded exchange about other resources, and what it met. */
struct resource_call {
    struct resource_request request;
    struct resource *met; /* of each of its ids, with `id` and `state` alone */
    uint64_t collection;  /* see resources_collection() */
    char **fresh;         /* ids that nobody had seen before its answer: a write's */
    size_t fresh_count;
    char *shows;             /* the id of the object that it answered; or NULL */
    struct resource *listed; /* what a list had, with `id` (owned) and `state` alone */
    size_t listed_count;
};

struct resource_calls {
    struct resource_call **items; /* of each interaction; NULL = of another kind */
    size_t count;
    json_t *ids;        /* every id that was answered -> interaction * 2^16 + its place
                         among the fresh ones; -1 = it was there before */
    json_t *by_pattern; /* pattern -> [interaction, ..] */
    json_t *by_objects; /* resource_calls_objects() -> [interaction, ..] */
    json_t *
        faithful; /* pattern of a read -> does it show what the write before answered? */
    json_t *paths; /* with {id}, that something was found at */
};

struct resource_calls *resource_calls_new(const struct histories *s);
void resource_calls_free(struct resource_calls *c);

/* The write that an id comes from, and its place among those; -1 = none. */
int resource_calls_origin(const struct resource_calls *c, const char *id,
                          size_t *place);
/* The pattern with its recorded ids; without ids, with the state of its collection. Two
 * requests with one such text may have met the same. free() */
char *resource_calls_objects(const char *pattern, const char *const *ids, size_t count,
                             uint64_t collection);
/* Is the path one of the recorded resources, or below one? */
bool resource_calls_know_path(const struct resource_calls *c,
                              const struct resource_request *q);

/* Every text of a JSON value that an id may be, in order. */
void resource_texts(const json_t *value, void (*each)(void *context, const char *text),
                    void *context);

#endif
