/*
 * profile_connection.h - `headers`, `proxy` and `tls` of a profile: how its target is
 * reached.
 */
#ifndef ASSAY_API_PROFILE_CONNECTION_H
#define ASSAY_API_PROFILE_CONNECTION_H

#include "api/profile_loader.h"
#include "core/connection.h"

/* Those members of the root. */
void profile_load_connection(struct profile_loader *l, const struct yaml_node *root);
/* The connection that it describes, to its base_url; it borrows the profile. */
void profile_connection(const struct profile *p, unsigned connections,
                        struct connection *out);

#endif
