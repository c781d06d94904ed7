/* In: the members of a profile about the way to its target. Out: a connection. */
#include "api/profile_connection.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

enum { DEFAULT_TIMEOUT_MS = 10000 };

static void load_headers(struct profile_loader *l, const struct yaml_node *n) {
    if (n->kind != YAML_NODE_MAP) {
        l->ok = yaml_node_wrong(l->doc, n, "headers", "a mapping of names and values",
                                l->diags);
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        char *value = profile_text(l, n->items[i], n->keys[i]->text);
        char *line = value ? mem_printf("%s: %s", n->keys[i]->text, value) : NULL;
        struct err err = {0};

        if (line && !connection_add_header(&l->p->connection.headers, line, &err))
            profile_bad(l, n->keys[i], "headers: %s", err.text);
        free(value);
        free(line);
    }
}

static void load_proxy(struct profile_loader *l, const struct yaml_node *n) {
    char *text = profile_text(l, n, "proxy");
    struct err err = {0};

    if (!text)
        return;
    l->p->connection.proxy = connection_proxy(text, &err);
    if (!l->p->connection.proxy)
        profile_bad(l, n, "proxy: %s", err.text);
    free(text);
}

/* A file's name counts from the folder of the profile. */
static char *file_of(struct profile_loader *l, const struct yaml_node *tls,
                     const char *key) {
    const struct yaml_node *n = yaml_node_get(tls, key);
    char *text = n ? profile_text(l, n, key) : NULL, *path = text;
    const char *slash = l->p->source ? strrchr(l->p->source, '/') : NULL;

    if (!text)
        return NULL;
    if (*text != '/' && slash) {
        path = mem_printf("%.*s/%s", (int)(slash - l->p->source), l->p->source, text);
        free(text);
    }
    if (access(path, R_OK) != 0)
        profile_bad(l, n, "%s: cannot read \"%.120s\"", key, path);
    return path;
}

static void load_tls(struct profile_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"ca", "cert", "key", "insecure"};
    struct profile_connection *c = &l->p->connection;
    const struct yaml_node *insecure;

    if (!profile_only(l, n, "tls", words, ARRAY_LEN(words)))
        return;
    c->cacert = file_of(l, n, "ca");
    c->cert = file_of(l, n, "cert");
    c->cert_key = file_of(l, n, "key");
    if (!c->cert != !c->cert_key)
        profile_bad(l, n, "tls: cert and key go together");
    insecure = yaml_node_get(n, "insecure");
    if (insecure && insecure->kind != YAML_NODE_BOOL)
        l->ok =
            yaml_node_wrong(l->doc, insecure, "insecure", "true or false", l->diags);
    c->insecure = insecure && insecure->integer;
}

void profile_load_connection(struct profile_loader *l, const struct yaml_node *root) {
    static const struct {
        const char *key;
        void (*load)(struct profile_loader *l, const struct yaml_node *n);
    } members[] = {{"headers", load_headers}, {"proxy", load_proxy}, {"tls", load_tls}};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct yaml_node *n = yaml_node_get(root, members[i].key);

        if (n)
            members[i].load(l, n);
    }
}

void profile_connection(const struct profile *p, unsigned connections,
                        struct connection *out) {
    const struct profile_connection *c = &p->connection;

    *out = (struct connection){
        .url = p->base_url,
        .cacert = c->cacert,
        .cert = c->cert,
        .cert_key = c->cert_key,
        .proxy = c->proxy,
        .insecure = c->insecure,
        .headers = &c->headers,
        .rate_us = c->rate_us,
        .timeout_ms = c->timeout_ms ? c->timeout_ms : DEFAULT_TIMEOUT_MS,
        .connections = connections,
    };
}
