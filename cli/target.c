#include "cli/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

struct profile *target_load(const struct command *c, const struct target_options *o) {
    unsigned flags = o->allow_live ? PROFILE_ALLOW_LIVE : 0;
    const char *key = o->key ? o->key : getenv("ASSAY_KEY");
    struct diags diags = {0};
    struct profile *p;
    size_t len;

    if (!o->target) {
        usage_error(c, "--target is missing: a URL, or a target profile");
        return NULL;
    }
    if (o->cacert && access(o->cacert, R_OK) != 0) {
        usage_error(c, "--cacert: cannot read \"%s\": %s", o->cacert, strerror(errno));
        return NULL;
    }
    if (strstr(o->target, "://"))
        p = profile_from_url(o->target, key, flags, &diags);
    else
        p = profile_load(o->target, flags | (o->base_url ? PROFILE_KEYS_ONLY : 0),
                         &diags);
    if (!p) {
        print_diags(&diags, 2);
        return NULL;
    }
    if (o->base_url) {
        if (strncmp(o->base_url, "http://", 7) != 0 &&
            strncmp(o->base_url, "https://", 8) != 0) {
            usage_error(c,
                        "--base-url: expected http://HOST or https://HOST, got \"%s\"",
                        o->base_url);
            profile_free(p);
            return NULL;
        }
        free(p->base_url);
        for (len = strlen(o->base_url); len && o->base_url[len - 1] == '/';)
            len--;
        p->base_url = mem_strndup(o->base_url, len);
    }
    return p;
}
