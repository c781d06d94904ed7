/* In: a target profile. Out: its credentials by role or key, and its memory at the end. */
#include "api/profile.h"

#include <stdlib.h>
#include <string.h>

const struct credential *profile_credential(const struct profile *p, const char *role) {
    for (size_t i = 0; i < p->credential_count; i++)
        if (strcmp(p->credentials[i].role, role) == 0)
            return &p->credentials[i];
    return NULL;
}

const struct credential *profile_by_key(const struct profile *p, const char *key) {
    for (size_t i = 0; i < p->credential_count; i++)
        if (strcmp(p->credentials[i].key, key) == 0)
            return &p->credentials[i];
    return NULL;
}

void profile_free(struct profile *p) {
    if (!p)
        return;
    for (size_t i = 0; i < p->credential_count; i++) {
        free(p->credentials[i].role);
        free(p->credentials[i].key);
        free(p->credentials[i].user);
    }
    for (size_t i = 0; i < p->user_count; i++)
        free(p->users[i]);
    for (size_t i = 0; i < p->waiver_count; i++) {
        free(p->waivers[i].check);
        free(p->waivers[i].clause);
        free(p->waivers[i].until);
        free(p->waivers[i].reason);
        free(p->waivers[i].link);
    }
    free(p->credentials);
    free(p->users);
    for (size_t i = 0; i < p->without_count; i++)
        free(p->without[i]);
    free(p->without);
    free(p->waivers);
    free(p->source);
    free(p->target);
    free(p->organization);
    free(p->version);
    free(p->url);
    free(p->contact);
    free(p->base_url);
    free(p->clock_method);
    free(p->clock_path);
    free(p->clock_form);
    http_headers_release(&p->connection.headers);
    free(p->connection.proxy);
    free(p->connection.cacert);
    free(p->connection.cert);
    free(p->connection.cert_key);
    free(p);
}
