/* --target, --key and --base-url come in. A profile that is ready to use goes out, or
 * the error on stderr. */
#include "cli/target.h"
#include "api/profile_load.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/key.h"
#include "core/connection.h"
#include "core/mem.h"
#include "core/str.h"

/* A URL, or a host with its port that is no file. */
static bool is_url(const char *target) {
    return strstr(target, "://") ||
           (connection_is_host_port(target) && access(target, F_OK) != 0);
}

static bool use_base_url(const struct command *c, const struct target_options *o,
                         struct profile *p) {
    struct err err = {0};
    char *url = o->base_url ? connection_url(o->base_url, &err) : NULL;

    if (o->base_url && !url) {
        usage_error(c, "--base-url: %s", err.text);
        return false;
    }
    if (url) {
        free(p->base_url);
        p->base_url = url;
    }
    return true;
}

struct profile *target_load(const struct command *c, const struct target_options *o) {
    unsigned flags = o->allow_live ? PROFILE_ALLOW_LIVE : 0;
    const char *key = NULL;
    struct diags diags = {0};
    struct profile *p;

    if (!o->target) {
        usage_error(c, "--target is missing: a URL, or a target profile");
        return NULL;
    }
    if (!key_read(c, o->key, o->key_file, getenv("ASSAY_KEY"), &key))
        return NULL;
    p = is_url(o->target)
            ? profile_from_url(o->target, key, flags, &diags)
            : profile_load(o->target, flags | (o->base_url ? PROFILE_OTHER_URL : 0),
                           &diags);
    if (!p) {
        print_diags(&diags, 2);
        return NULL;
    }
    if (use_base_url(c, o, p) && reach_apply(c, &o->reach, &p->connection) < 0)
        return p;
    profile_free(p);
    return NULL;
}

struct ids {
    const char **items;
    size_t count;
};

static bool collect(const struct test_case *t, const struct step *s,
                    const struct check *k, const json_t *row, const char *id,
                    void *context) {
    struct ids *ids = context;

    (void)t, (void)s, (void)k, (void)row;
    ids->items = mem_grow(ids->items, ids->count + 1, sizeof(*ids->items));
    ids->items[ids->count++] = mem_strdup(id);
    return true;
}

static void tell_waiver(const struct profile *p, const struct waiver *w,
                        const struct ids *ids, const struct specs *specs) {
    const char *what = w->clause ? w->clause : w->check, *near = NULL;
    struct err err = {0};
    size_t at = 0;

    while (!w->clause && at < ids->count && !str_glob(w->check, ids->items[at]))
        at++;
    if (w->clause ? !catalogue_clause(specs->catalogue, w->clause) : at == ids->count) {
        near = w->clause ? NULL : str_nearest(w->check, ids->items, ids->count);
        err_at(&err, ERR_SYNTAX, w->line, w->column,
               "waiver of \"%.80s\": no %s is called so%s%s%s", what,
               w->clause ? "clause" : "check", near ? "; did you mean \"" : "",
               near ? near : "", near ? "\"?" : "");
    } else if (w->expired) {
        err_at(&err, ERR_SYNTAX, w->line, w->column,
               "the waiver of \"%.80s\" ended on %s", what, w->until);
    }
    err_in(&err, p->source);
    if (err.code)
        print_err(&err, 0);
}

void target_tell_waivers(const struct profile *p, const struct specs *specs) {
    struct ids ids = {0};

    if (p->waiver_count)
        specs_each_check(specs, collect, &ids);
    for (size_t i = 0; i < p->waiver_count; i++)
        tell_waiver(p, &p->waivers[i], &ids, specs);
    for (size_t i = 0; i < ids.count; i++)
        free((void *)(uintptr_t)ids.items[i]);
    free(ids.items);
}
