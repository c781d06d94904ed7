/* Names, scopes and worlds come in. The secrets that stand there go out, in the order
 * in which they were made. */
#include "api/model/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static unsigned bucket_of(const char *world, const char *user) {
    unsigned h = 2166136261U;

    for (; *world; world++)
        h = (h ^ (unsigned char)*world) * 16777619U;
    for (h *= 31; user && *user; user++)
        h = (h ^ (unsigned char)*user) * 16777619U;
    return (h ^ h >> 15) % STORE_BUCKETS;
}

static bool same_user(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

struct scope *store_scope(struct store *s, const char *world, const char *user,
                          bool make) {
    struct scope **bucket = &s->buckets[bucket_of(world, user)], *scope;

    for (scope = *bucket; scope; scope = scope->next)
        if (strcmp(scope->world, world) == 0 && same_user(scope->user, user))
            return scope;
    if (!make)
        return NULL;
    scope = mem_new(1, sizeof(*scope));
    scope->world = mem_strdup(world);
    scope->user = mem_strdup(user);
    scope->next = *bucket;
    scope->next_all = s->all;
    *bucket = s->all = scope;
    return scope;
}

struct secret *scope_add(struct store *s, struct scope *scope, const char *name) {
    struct secret *secret = mem_new(1, sizeof(*secret));

    if (scope->count == scope->cap) {
        scope->cap = scope->cap ? scope->cap * 2 : 4;
        scope->secrets = mem_grow(scope->secrets, scope->cap, sizeof(*scope->secrets));
    }
    scope->secrets[scope->count++] = secret;
    secret->name = mem_strdup(name);
    secret->order = ++s->order;
    return secret;
}

static void secret_free(struct secret *secret) {
    free(secret->id);
    free(secret->name);
    free(secret->payload);
    free(secret->old_payload);
    free(secret);
}

void scope_remove(struct scope *scope, struct secret *secret) {
    for (size_t i = 0; i < scope->count; i++)
        if (scope->secrets[i] == secret) {
            memmove(&scope->secrets[i], &scope->secrets[i + 1],
                    (scope->count - i - 1) * sizeof(*scope->secrets));
            scope->count--;
            secret_free(secret);
            return;
        }
}

void secret_set_payload(struct secret *secret, const char *payload) {
    char *copy = mem_strdup(payload);

    free(secret->old_payload);
    secret->old_payload = secret->payload;
    secret->payload = copy;
}

void store_clear_scope(struct store *s, const char *world, const char *user) {
    for (struct scope *scope = s->all; scope; scope = scope->next_all)
        if (same_user(scope->user, user) &&
            (!world || strcmp(scope->world, world) == 0))
            while (scope->count)
                scope_remove(scope, scope->secrets[scope->count - 1]);
}

void store_clear(struct store *s) {
    for (struct scope *scope = s->all, *next; scope; scope = next) {
        next = scope->next_all;
        for (size_t i = 0; i < scope->count; i++)
            secret_free(scope->secrets[i]);
        free(scope->secrets);
        free(scope->world);
        free(scope->user);
        free(scope);
    }
    memset(s, 0, sizeof(*s));
}
