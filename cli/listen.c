/* In: what the command line says of how a server is reached. Out: what its listener
 * needs for that, certificates included. */
#include "cli/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/server.h"
#include "core/mem.h"

static int check(const struct command *c, const struct listen_flags *f) {
    if (!f->tls_cert != !f->tls_key)
        return usage_error(c, "--tls-cert and --tls-key go together");
    if (f->tls_cert && f->tls)
        return usage_error(c, "--tls makes a certificate, --tls-cert names one: give "
                              "one of them");
    if (f->ca && (f->tls_cert || (!f->tls && !f->forward)))
        return usage_error(c, "--ca is for --tls%s",
                           f->tls_cert ? "" : " and --forward");
    for (size_t i = 0; i < f->cors.count; i++) {
        const char *origin = f->cors.items[i], *host = strstr(origin, "://");

        if (strcmp(origin, "*") != 0 &&
            (!host || !host[3] || strchr(host + 3, '/') || strchr(origin, ' ')))
            return usage_error(c,
                               "--cors: expected an origin such as "
                               "http://localhost:3000, or *, got \"%s\"",
                               origin);
    }
    return -1;
}

/* The names that clients call the server by. */
static int make_certificate(const struct listen_flags *f, struct listening *l) {
    const char **names = mem_new(l->hosts.count + 1, sizeof(*names));
    size_t colon = strlen(f->address) - strlen(strrchr(f->address, ':')), count = 0;
    char *own = mem_strndup(f->address, colon);
    struct err err = {0};
    bool ok;

    for (size_t i = 0; i < l->hosts.count; i++)
        names[count++] = l->hosts.items[i].name;
    if (*own && strcmp(own, "0.0.0.0") != 0 && strcmp(own, "[::]") != 0)
        names[count++] = own;
    ok = tls_make(&l->identity, f->ca, names, count, &err);
    free(own);
    free(names);
    return ok ? -1 : print_err(&err, 2);
}

static void report_trouble(const char *what) {
    if (!common.quiet)
        fprintf(stderr, "assay: notice: %s\n", what);
}

int listen_prepare(const struct command *c, const struct listen_flags *f,
                   const char *const *upstreams, size_t count, struct listening *out) {
    struct err err = {0};
    int code = check(c, f);

    *out = (struct listening){0};
    if (code >= 0)
        return code;
    for (size_t i = 0; i < count; i++)
        hosts_add_url(&out->hosts, upstreams[i]);
    if (f->forward && !out->hosts.count)
        return usage_error(c, "--forward: nothing says which host it is to stand for");
    if (f->tls_cert && !tls_load(&out->identity, f->tls_cert, f->tls_key, &err))
        return print_err(&err, 2);
    if (!f->tls_cert && (f->tls || f->forward) && strrchr(f->address, ':') &&
        (code = make_certificate(f, out)) >= 0)
        return code;
    out->options = (struct listener_options){
        .address = f->address,
        .tls_cert = out->identity.cert,
        .tls_key = out->identity.key,
        .forward = f->forward,
        .max_connections = (unsigned)f->max_connections,
        .trouble = report_trouble,
        .hosts = &out->hosts,
        .cors = {f->cors.items, f->cors.count},
        .log = f->verbose ? server_log : NULL,
    };
    return -1;
}

void listening_release(struct listening *l) {
    tls_release(&l->identity);
    hosts_release(&l->hosts);
}
