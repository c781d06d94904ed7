/* A YAML file comes in. A target profile goes out: credentials, users, limits, clock
 * and waivers, or all that is wrong with the file. */
#include "api/profile_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/profile_connection.h"
#include "api/secrets_api.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"

static void take_text(struct profile_loader *l, const struct yaml_node *map,
                      const char *key, char **to) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n)
        *to = profile_text(l, n, key);
}

/* Text that keeps its variables (${seconds}). */
static void take_raw(struct profile_loader *l, const struct yaml_node *map,
                     const char *key, char **to) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n && n->kind != YAML_NODE_TEXT)
        l->ok = yaml_node_wrong(l->doc, n, key, "text", l->diags);
    else if (n)
        *to = mem_strdup(n->text);
}

static bool looks_live(const char *key) {
    return str_starts(key, "sk_live_") || str_starts(key, "rk_live_");
}

static void check_key(struct profile_loader *l, const struct yaml_node *n,
                      const struct credential *c) {
    if (looks_live(c->key) && strcmp(c->role, "live") != 0 &&
        !(l->flags & PROFILE_ALLOW_LIVE))
        profile_bad(
            l, n,
            "the key of %s looks live; a run would change live data. Name it under "
            "live, or give --allow-live",
            c->role);
    for (const char *k = c->key; *k; k++)
        if (*k <= ' ' || *k > '~' || *k == ':') {
            profile_bad(l, n, "the key of %s holds a character that a key cannot hold",
                        c->role);
            return;
        }
    for (size_t i = 0; i + 1 < l->p->credential_count; i++)
        if (l->p->credentials[i].key && strcmp(l->p->credentials[i].key, c->key) == 0)
            profile_bad(l, n, "the key of %s is that of %s too", c->role,
                        l->p->credentials[i].role);
}

static void load_credential(struct profile_loader *l, const struct yaml_node *key,
                            const struct yaml_node *n) {
    static const char *const words[] = {"key", "user"};
    struct profile *p = l->p;
    struct credential *c;

    if (!profile_only(l, n, key->text, words, ARRAY_LEN(words)))
        return;
    p->credentials =
        mem_grow(p->credentials, p->credential_count + 1, sizeof(*p->credentials));
    c = &p->credentials[p->credential_count++];
    memset(c, 0, sizeof(*c));
    c->role = mem_strdup(key->text);
    take_text(l, n, "key", &c->key);
    take_text(l, n, "user", &c->user);
    if (!yaml_node_get(n, "key"))
        profile_bad(l, n, "%s has no key", c->role);
    if (strcmp(c->role, "ui_extension") == 0 && !yaml_node_get(n, "user"))
        profile_bad(l, n, "ui_extension needs `user`, the user it acts for");
    if (c->key)
        check_key(l, yaml_node_get(n, "key"), c);
}

static void load_credentials(struct profile_loader *l, const struct yaml_node *n) {
    if (!n) {
        profile_bad(l, l->doc->root,
                    "credentials are missing: at least main with its key");
        return;
    }
    if (!profile_only(l, n, "credentials", api_roles, API_ROLES))
        return;
    for (size_t i = 0; i < n->count; i++)
        load_credential(l, n->keys[i], n->items[i]);
    if (!yaml_node_get(n, "main"))
        profile_bad(l, n, "credentials: main is missing");
}

static void load_users(struct profile_loader *l, const struct yaml_node *n) {
    if (n->kind != YAML_NODE_LIST || n->count < 2) {
        l->ok = yaml_node_wrong(l->doc, n, "users", "a list of two or more user ids",
                                l->diags);
        return;
    }
    l->p->users = mem_new(n->count, sizeof(*l->p->users));
    for (size_t i = 0; i < n->count; i++) {
        char *user = profile_text(l, n->items[i], "users");

        for (size_t j = 0; user && j < l->p->user_count; j++)
            if (strcmp(l->p->users[j], user) == 0)
                profile_bad(l, n->items[i], "users: \"%.60s\" stands here twice", user);
        if (user)
            l->p->users[l->p->user_count++] = user;
    }
}

static void load_limits(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"secrets_per_scope"};
    const struct yaml_node *cap;

    if (!profile_only(l, n, "limits", words, ARRAY_LEN(words)) ||
        !(cap = yaml_node_get(n, "secrets_per_scope")))
        return;
    if (cap->kind == YAML_NODE_NULL)
        l->p->secrets_per_scope = -1;
    else if (cap->kind == YAML_NODE_INT && cap->integer > 0)
        l->p->secrets_per_scope = cap->integer;
    else
        l->ok = yaml_node_wrong(l->doc, cap, "secrets_per_scope",
                                "a number above 0, or null for no limit", l->diags);
}

static void take_method(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const methods[] = {"POST", "PUT", "PATCH", "GET"};

    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (!n || yaml_node_is(n, methods[i])) {
            l->p->clock_method = mem_strdup(methods[i]);
            return;
        }
    l->ok = yaml_node_wrong(l->doc, n, "method", "POST, PUT, PATCH or GET", l->diags);
}

static void load_clock(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const outer[] = {"advance"}, *const inner[] = {"method", "path",
                                                                      "form"};
    const struct yaml_node *a, *form;
    struct buf text = BUF_INIT(4096);

    if (!profile_only(l, n, "clock", outer, 1))
        return;
    if (!(a = yaml_node_get(n, "advance"))) {
        profile_bad(l, n, "clock: advance is missing: the call that moves it");
        return;
    }
    if (!profile_only(l, a, "advance", inner, ARRAY_LEN(inner)))
        return;
    take_method(l, yaml_node_get(a, "method"));
    take_raw(l, a, "path", &l->p->clock_path);
    if (!l->p->clock_path || l->p->clock_path[0] != '/')
        profile_bad(l, a, "advance: path is missing or does not begin with /");
    form = yaml_node_get(a, "form");
    if (form && form->kind != YAML_NODE_MAP) {
        l->ok = yaml_node_wrong(l->doc, form, "form", "a mapping", l->diags);
        return;
    }
    for (size_t i = 0; form && i < form->count; i++) {
        const struct yaml_node *v = form->items[i];

        str_add_percent(&text, form->keys[i]->text, form->keys[i]->len);
        if (!v->text || v->kind == YAML_NODE_NULL) {
            l->ok = yaml_node_wrong(l->doc, v, form->keys[i]->text, "text", l->diags);
            break;
        }
        buf_addf(&text, "=%s%s", v->text, i + 1 < form->count ? "&" : "");
    }
    if (!strstr(text.ptr, "${seconds}") &&
        !strstr(l->p->clock_path ? l->p->clock_path : "", "${seconds}"))
        profile_bad(l, a, "advance: \"${seconds}\" stands nowhere in form or path");
    l->p->clock_form = buf_take(&text, NULL);
}

static bool valid_date(const char *text, int64_t *day) {
    struct tm tm = {0};
    int used = 0;
    time_t t;

    if (strlen(text) != 10 ||
        sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) !=
            3 ||
        used != 10)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    struct tm same = tm;

    t = timegm(&same);
    *day = t / 86400;
    return same.tm_mon == tm.tm_mon && same.tm_mday == tm.tm_mday;
}

static void load_waiver(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"until", "reason", "check", "clause", "link"};
    struct profile *p = l->p;
    struct waiver *w;
    int64_t day;

    if (!profile_only(l, n, "waivers", words, ARRAY_LEN(words)))
        return;
    p->waivers = mem_grow(p->waivers, p->waiver_count + 1, sizeof(*p->waivers));
    w = &p->waivers[p->waiver_count++];
    *w = (struct waiver){.line = n->line, .column = n->column};
    take_text(l, n, "check", &w->check);
    take_text(l, n, "clause", &w->clause);
    take_text(l, n, "until", &w->until);
    take_text(l, n, "reason", &w->reason);
    take_text(l, n, "link", &w->link);
    for (size_t i = 0; i < 2; i++)
        if (!yaml_node_get(n, words[i]))
            profile_bad(l, n, "a waiver needs `%s`", words[i]);
    if (!yaml_node_get(n, "check") == !yaml_node_get(n, "clause"))
        profile_bad(l, n, "a waiver needs `check`, an id or a glob, or else `clause`");
    if (!w->until)
        return;
    if (!valid_date(w->until, &day))
        profile_bad(l, yaml_node_get(n, "until"),
                    "until: expected a day like 2027-01-31, found \"%.40s\"", w->until);
    else
        w->expired = day < clock_wall_ms() / 86400000;
}

static void load_without(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const known[] = {"list",    "delete",      "users",
                                        "account", "expiry",      "pagination",
                                        "expand",  "idempotency", "bearer"};

    if (n->kind != YAML_NODE_LIST) {
        l->ok = yaml_node_wrong(l->doc, n, "without", "a list", l->diags);
        return;
    }
    l->p->without = mem_new(n->count + 1, sizeof(*l->p->without));
    for (size_t i = 0; i < n->count; i++) {
        const char *word = n->items[i]->text, *near;
        size_t at = 0;

        while (word && at < ARRAY_LEN(known) && strcmp(known[at], word) != 0)
            at++;
        if (word && at < ARRAY_LEN(known)) {
            l->p->without[l->p->without_count++] = mem_strdup(word);
            continue;
        }
        near = word ? str_nearest(word, known, ARRAY_LEN(known)) : NULL;
        profile_bad(l, n->items[i],
                    "without: \"%.40s\" is nothing that one can be without%s%s%s",
                    word ? word : "?", near ? "; did you mean \"" : "",
                    near ? near : "", near ? "\"?" : "");
    }
}

static void load_base_url(struct profile_loader *l, const struct yaml_node *root) {
    const struct yaml_node *n = yaml_node_get(root, "base_url");
    struct err err = {0};
    char *text;

    if (!n) {
        if (!(l->flags & (PROFILE_KEYS_ONLY | PROFILE_OTHER_URL)))
            profile_bad(l, root,
                        "base_url is missing: where the target listens, e.g. "
                        "http://127.0.0.1:12111");
        return;
    }
    if ((l->flags & (PROFILE_KEYS_ONLY | PROFILE_OTHER_URL)) && n->text &&
        strstr(n->text, "${env:"))
        return;
    text = profile_text(l, n, "base_url");
    l->p->base_url = text ? connection_url(text, &err) : NULL;
    if (text && !l->p->base_url)
        profile_bad(l, n, "base_url: %s", err.text);
    free(text);
}

static void load_root(struct profile_loader *l) {
    static const char *const words[] = {
        "target",       "implementation", "base_url", "credentials", "users", "limits",
        "expiry_grace", "clock",          "waivers",  "headers",     "proxy", "tls",
        "without"};
    static const char *const about[] = {"organization", "version", "url", "contact"};
    const struct yaml_node *root = l->doc->root, *n;

    if (!profile_only(l, root, "a profile", words, ARRAY_LEN(words)))
        return;
    take_text(l, root, "target", &l->p->target);
    if (!yaml_node_get(root, "target"))
        profile_bad(l, root, "target is missing: the name of what is tested");
    load_base_url(l, root);
    if (!(l->flags & PROFILE_KEYS_ONLY))
        profile_load_connection(l, root);
    load_credentials(l, yaml_node_get(root, "credentials"));
    if ((n = yaml_node_get(root, "implementation")) &&
        profile_only(l, n, "implementation", about, ARRAY_LEN(about))) {
        take_text(l, n, "organization", &l->p->organization);
        take_text(l, n, "version", &l->p->version);
        take_text(l, n, "url", &l->p->url);
        take_text(l, n, "contact", &l->p->contact);
    }
    if ((n = yaml_node_get(root, "users")))
        load_users(l, n);
    if ((n = yaml_node_get(root, "limits")))
        load_limits(l, n);
    if ((n = yaml_node_get(root, "expiry_grace")) &&
        (n->kind != YAML_NODE_TEXT ||
         !str_to_duration(n->text, &l->p->expiry_grace_ms) ||
         l->p->expiry_grace_ms < 0 || l->p->expiry_grace_ms > 60000))
        l->ok = yaml_node_wrong(l->doc, n, "expiry_grace",
                                "a duration like 1s, at most 60s", l->diags);
    if ((n = yaml_node_get(root, "clock")))
        load_clock(l, n);
    if ((n = yaml_node_get(root, "without")))
        load_without(l, n);
    if ((n = yaml_node_get(root, "waivers"))) {
        if (n->kind != YAML_NODE_LIST)
            l->ok = yaml_node_wrong(l->doc, n, "waivers", "a list", l->diags);
        for (size_t i = 0; n->kind == YAML_NODE_LIST && i < n->count; i++)
            load_waiver(l, n->items[i]);
    }
}

static struct profile *profile_new(void) {
    struct profile *p = mem_new(1, sizeof(*p));

    p->secrets_per_scope = 10;
    p->expiry_grace_ms = 1000;
    return p;
}

struct profile *profile_load(const char *path, unsigned flags, struct diags *diags) {
    struct profile_loader l = {.diags = diags, .flags = flags, .ok = true};

    l.doc = yaml_doc_load(path, &yaml_limits_profile, diags);
    if (!l.doc)
        return NULL;
    l.p = profile_new();
    l.p->source = mem_strdup(path);
    load_root(&l);
    yaml_doc_free(l.doc);
    if (!l.ok) {
        profile_free(l.p);
        return NULL;
    }
    return l.p;
}

static bool check_url_key(const char *key, unsigned flags, struct diags *diags) {
    if (!key || !*key)
        return diags_add(diags, NULL, 0, 0,
                         "no key: give --key KEY, set ASSAY_KEY, or name a profile");
    for (const char *k = key; *k; k++)
        if (*k <= ' ' || *k > '~' || *k == ':')
            return diags_add(diags, NULL, 0, 0,
                             "the key holds a character that a key cannot hold");
    if (looks_live(key) && !(flags & PROFILE_ALLOW_LIVE))
        return diags_add(
            diags, NULL, 0, 0,
            "the key looks live; a run would change live data. Use a test key, or give "
            "--allow-live");
    return true;
}

struct profile *profile_from_url(const char *url, const char *key, unsigned flags,
                                 struct diags *diags) {
    struct err err = {0};
    char *base_url = connection_url(url, &err);
    struct profile *p;

    if (!base_url) {
        diags_add_err(diags, &err);
        return NULL;
    }
    if (!check_url_key(key, flags, diags)) {
        free(base_url);
        return NULL;
    }
    p = profile_new();
    p->base_url = base_url;
    p->target = mem_strdup(strstr(p->base_url, "://") + 3);
    p->credentials = mem_new(1, sizeof(*p->credentials));
    p->credentials[0].role = mem_strdup("main");
    p->credentials[0].key = mem_strdup(key);
    p->credential_count = 1;
    return p;
}
