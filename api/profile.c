/* A YAML file comes in. A target profile goes out: credentials, users, limits, clock
 * and waivers, or all that is wrong with the file. */
#include "api/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/secrets_api.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

struct profile_loader {
    struct yaml_doc *doc;
    struct profile *p;
    struct diags *diags;
    unsigned flags;
    bool ok;
};

static void bad(struct profile_loader *l, const struct yaml_node *n, const char *fmt,
                ...) PRINTF_LIKE(3, 4);

static void bad(struct profile_loader *l, const struct yaml_node *n, const char *fmt,
                ...) {
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    l->ok = diags_add(l->diags, l->doc->source, n->line, n->column, "%s", text);
}

/* Text with ${env:NAME} put in; NULL after an error was recorded. */
static char *text_of(struct profile_loader *l, const struct yaml_node *n,
                     const char *key) {
    struct buf out = BUF_INIT(1 << 16);
    const char *at = n->text, *open;

    if (n->kind != YAML_NODE_TEXT || n->len == 0 || memchr(n->text, '\0', n->len)) {
        l->ok = yaml_node_wrong(l->doc, n, key, "text, and not an empty one", l->diags);
        return NULL;
    }
    while ((open = strstr(at, "${env:"))) {
        const char *close = strchr(open, '}');
        const char *value;
        char *name;

        if (!close) {
            bad(l, n, "%s: \"${env:\" without its \"}\"", key);
            buf_release(&out);
            return NULL;
        }
        name = mem_strndup(open + 6, (size_t)(close - open - 6));
        value = getenv(name);
        if (!value || !*value) {
            bad(l, n, "%s: the environment variable %.60s is %s", key, name,
                value ? "empty" : "not set");
            free(name);
            buf_release(&out);
            return NULL;
        }
        free(name);
        buf_add(&out, at, (size_t)(open - at));
        buf_adds(&out, value);
        at = close + 1;
    }
    buf_adds(&out, at);
    return buf_take(&out, NULL);
}

static void take_text(struct profile_loader *l, const struct yaml_node *map,
                      const char *key, char **to) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n)
        *to = text_of(l, n, key);
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

static bool only(struct profile_loader *l, const struct yaml_node *map, const char *key,
                 const char *const *words, size_t count) {
    if (map->kind != YAML_NODE_MAP)
        return l->ok = yaml_node_wrong(l->doc, map, key, "a mapping", l->diags);
    if (!yaml_node_only(l->doc, map, words, count, l->diags))
        l->ok = false;
    return true;
}

static bool looks_live(const char *key) {
    return str_starts(key, "sk_live_") || str_starts(key, "rk_live_");
}

static void check_key(struct profile_loader *l, const struct yaml_node *n,
                      const struct credential *c) {
    if (looks_live(c->key) && strcmp(c->role, "live") != 0 &&
        !(l->flags & PROFILE_ALLOW_LIVE))
        bad(l, n,
            "the key of %s looks live; a run would change live data. Name it under "
            "live, or give --allow-live",
            c->role);
    for (const char *k = c->key; *k; k++)
        if (*k <= ' ' || *k > '~' || *k == ':') {
            bad(l, n, "the key of %s holds a character that a key cannot hold",
                c->role);
            return;
        }
    for (size_t i = 0; i + 1 < l->p->credential_count; i++)
        if (l->p->credentials[i].key && strcmp(l->p->credentials[i].key, c->key) == 0)
            bad(l, n, "the key of %s is that of %s too", c->role,
                l->p->credentials[i].role);
}

static void load_credential(struct profile_loader *l, const struct yaml_node *key,
                            const struct yaml_node *n) {
    static const char *const words[] = {"key", "user"};
    struct profile *p = l->p;
    struct credential *c;

    if (!only(l, n, key->text, words, ARRAY_LEN(words)))
        return;
    p->credentials =
        mem_grow(p->credentials, p->credential_count + 1, sizeof(*p->credentials));
    c = &p->credentials[p->credential_count++];
    memset(c, 0, sizeof(*c));
    c->role = mem_strdup(key->text);
    take_text(l, n, "key", &c->key);
    take_text(l, n, "user", &c->user);
    if (!yaml_node_get(n, "key"))
        bad(l, n, "%s has no key", c->role);
    if (strcmp(c->role, "ui_extension") == 0 && !yaml_node_get(n, "user"))
        bad(l, n, "ui_extension needs `user`, the user it acts for");
    if (c->key)
        check_key(l, yaml_node_get(n, "key"), c);
}

static void load_credentials(struct profile_loader *l, const struct yaml_node *n) {
    if (!n) {
        bad(l, l->doc->root, "credentials are missing: at least main with its key");
        return;
    }
    if (!only(l, n, "credentials", api_roles, API_ROLES))
        return;
    for (size_t i = 0; i < n->count; i++)
        load_credential(l, n->keys[i], n->items[i]);
    if (!yaml_node_get(n, "main"))
        bad(l, n, "credentials: main is missing");
}

static void load_users(struct profile_loader *l, const struct yaml_node *n) {
    if (n->kind != YAML_NODE_LIST || n->count < 2) {
        l->ok = yaml_node_wrong(l->doc, n, "users", "a list of two or more user ids",
                                l->diags);
        return;
    }
    l->p->users = mem_new(n->count, sizeof(*l->p->users));
    for (size_t i = 0; i < n->count; i++) {
        char *user = text_of(l, n->items[i], "users");

        for (size_t j = 0; user && j < l->p->user_count; j++)
            if (strcmp(l->p->users[j], user) == 0)
                bad(l, n->items[i], "users: \"%.60s\" stands here twice", user);
        if (user)
            l->p->users[l->p->user_count++] = user;
    }
}

static void load_limits(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"secrets_per_scope"};
    const struct yaml_node *cap;

    if (!only(l, n, "limits", words, ARRAY_LEN(words)) ||
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

static void load_clock(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const outer[] = {"advance"}, *const inner[] = {"method", "path",
                                                                      "form"};
    const struct yaml_node *a, *form;
    struct buf text = BUF_INIT(4096);

    if (!only(l, n, "clock", outer, 1) || !(a = yaml_node_get(n, "advance")) ||
        !only(l, a, "advance", inner, ARRAY_LEN(inner)))
        return;
    take_raw(l, a, "method", &l->p->clock_method);
    take_raw(l, a, "path", &l->p->clock_path);
    if (!l->p->clock_path || l->p->clock_path[0] != '/')
        bad(l, a, "advance: path is missing or does not begin with /");
    if (!l->p->clock_method)
        l->p->clock_method = mem_strdup("POST");
    form = yaml_node_get(a, "form");
    if (form && form->kind != YAML_NODE_MAP) {
        l->ok = yaml_node_wrong(l->doc, form, "form", "a mapping", l->diags);
        return;
    }
    for (size_t i = 0; form && i < form->count; i++) {
        const struct yaml_node *v = form->items[i];

        str_add_percent(&text, form->keys[i]->text, form->keys[i]->len);
        if (!v->text) {
            l->ok = yaml_node_wrong(l->doc, v, form->keys[i]->text, "text", l->diags);
            break;
        }
        buf_addf(&text, "=%s%s", v->text, i + 1 < form->count ? "&" : "");
    }
    if (!strstr(text.ptr, "${seconds}") &&
        !strstr(l->p->clock_path ? l->p->clock_path : "", "${seconds}"))
        bad(l, a, "advance: \"${seconds}\" stands nowhere in form or path");
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
    static const char *const words[] = {"check", "until", "reason", "link"};
    struct profile *p = l->p;
    struct waiver *w;
    int64_t day;

    if (!only(l, n, "waivers", words, ARRAY_LEN(words)))
        return;
    p->waivers = mem_grow(p->waivers, p->waiver_count + 1, sizeof(*p->waivers));
    w = &p->waivers[p->waiver_count++];
    *w = (struct waiver){.line = n->line, .column = n->column};
    take_text(l, n, "check", &w->check);
    take_text(l, n, "until", &w->until);
    take_text(l, n, "reason", &w->reason);
    take_text(l, n, "link", &w->link);
    for (size_t i = 0; i < 3; i++)
        if (!yaml_node_get(n, words[i]))
            bad(l, n, "a waiver needs `%s`", words[i]);
    if (!w->until)
        return;
    if (!valid_date(w->until, &day))
        bad(l, yaml_node_get(n, "until"),
            "until: expected a day like 2027-01-31, found \"%.40s\"", w->until);
    else
        w->expired = day < clock_wall_ms() / 86400000;
}

static void load_base_url(struct profile_loader *l, const struct yaml_node *root) {
    const struct yaml_node *n = yaml_node_get(root, "base_url");
    char *url;
    size_t len;

    if (!n) {
        if (!(l->flags & PROFILE_KEYS_ONLY))
            bad(l, root,
                "base_url is missing: where the target listens, e.g. "
                "http://127.0.0.1:12111");
        return;
    }
    if ((l->flags & PROFILE_KEYS_ONLY) && n->text && strstr(n->text, "${env:"))
        return;
    l->p->base_url = url = text_of(l, n, "base_url");
    if (!url)
        return;
    len = strlen(url);
    if ((!str_starts(url, "http://") && !str_starts(url, "https://")) || len < 9 ||
        strpbrk(url, "?# @") || strchr(url, '\n'))
        bad(l, n, "base_url: expected http://HOST or https://HOST, found \"%.80s\"",
            url);
    while (len && url[len - 1] == '/')
        url[--len] = '\0';
}

static void load_root(struct profile_loader *l) {
    static const char *const words[] = {"target",       "implementation", "base_url",
                                        "credentials",  "users",          "limits",
                                        "expiry_grace", "clock",          "waivers"};
    static const char *const about[] = {"organization", "version", "url", "contact"};
    const struct yaml_node *root = l->doc->root, *n;

    if (!only(l, root, "a profile", words, ARRAY_LEN(words)))
        return;
    take_text(l, root, "target", &l->p->target);
    if (!yaml_node_get(root, "target"))
        bad(l, root, "target is missing: the name of what is tested");
    load_base_url(l, root);
    load_credentials(l, yaml_node_get(root, "credentials"));
    if ((n = yaml_node_get(root, "implementation")) &&
        only(l, n, "implementation", about, ARRAY_LEN(about))) {
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

struct profile *profile_from_url(const char *url, const char *key, unsigned flags,
                                 struct diags *diags) {
    const char *host = strstr(url, "://");
    struct profile *p;
    size_t len = strlen(url);

    if ((!str_starts(url, "http://") && !str_starts(url, "https://")) || !host[3] ||
        strpbrk(url, "?# @\n")) {
        diags_add(diags, NULL, 0, 0,
                  "expected http://HOST or https://HOST, got \"%.80s\"", url);
        return NULL;
    }
    if (!key || !*key) {
        diags_add(diags, NULL, 0, 0,
                  "no key: give --key KEY, set ASSAY_KEY, or name a profile");
        return NULL;
    }
    for (const char *k = key; *k; k++)
        if (*k <= ' ' || *k > '~' || *k == ':') {
            diags_add(diags, NULL, 0, 0,
                      "the key holds a character that a key cannot hold");
            return NULL;
        }
    if (looks_live(key) && !(flags & PROFILE_ALLOW_LIVE)) {
        diags_add(
            diags, NULL, 0, 0,
            "the key looks live; a run would change live data. Use a test key, or give "
            "--allow-live");
        return NULL;
    }
    p = profile_new();
    while (len && url[len - 1] == '/')
        len--;
    p->base_url = mem_strndup(url, len);
    p->target = mem_strdup(strstr(p->base_url, "://") + 3);
    p->credentials = mem_new(1, sizeof(*p->credentials));
    p->credentials[0].role = mem_strdup("main");
    p->credentials[0].key = mem_strdup(key);
    p->credential_count = 1;
    return p;
}

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
        free(p->waivers[i].until);
        free(p->waivers[i].reason);
        free(p->waivers[i].link);
    }
    free(p->credentials);
    free(p->users);
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
    free(p);
}
