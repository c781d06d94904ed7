/*
 * store.h - the secrets of the model: worlds (account and mode), scopes, secrets.
 *
 * A scope keeps its secrets in the order they were made; deleted and expired ones stay
 * as graves until their name is set again, since a defect may show them.
 *
 * Ownership  the store owns everything that it lends.
 * Threads    one caller at a time.
 */
#ifndef ASSAY_API_MODEL_STORE_H
#define ASSAY_API_MODEL_STORE_H

#include "core/base.h"

struct secret {
    char *id, *name, *payload, *old_payload; /* old_payload: before the last change */
    int64_t created;                         /* seconds */
    int64_t expires;                         /* seconds; 0 = never */
    int64_t first_expires;                   /* what it was made with */
    int64_t changed_ms;                      /* last set or delete */
    uint64_t order;                          /* higher is newer */
    bool swept;                              /* for expired_swept_singly */
    bool gone;                               /* deleted */
    bool was_gone;                           /* before the last change there was none */
};

struct scope {
    char *world, *user; /* user NULL = the account's scope */
    struct secret **secrets;
    size_t count, cap;
    int64_t changed_ms;
    struct scope *next, *next_all;
};

enum { STORE_BUCKETS = 1024 };

struct store {
    struct scope *buckets[STORE_BUCKETS], *all;
    uint64_t order;
};

/* `make`: a scope that is not there yet is made; else NULL. */
struct scope *store_scope(struct store *s, const char *world, const char *user,
                          bool make);
struct secret *scope_add(struct store *s, struct scope *scope, const char *name);
void scope_remove(struct scope *scope, struct secret *secret);
void secret_set_payload(struct secret *secret, const char *payload);
/* One scope, or (world NULL) the one of that user in every world, is empty again. */
void store_clear_scope(struct store *s, const char *world, const char *user);
void store_clear(struct store *s);

#endif
