/* In: what the command line says of the way to a server. Out: that, over what a profile
 * says of it. */
#include "cli/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/profile_load.h"
#include "core/connection.h"
#include "core/mem.h"

static void replace(char **to, const char *by) {
    if (!by)
        return;
    free(*to);
    *to = mem_strdup(by);
}

static int check_files(const struct command *c, const struct reach_flags *f) {
    const struct {
        const char *option, *path;
    } files[] = {{"cacert", f->cacert}, {"cert", f->cert}, {"cert-key", f->cert_key}};

    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (files[i].path && access(files[i].path, R_OK) != 0)
            return usage_error(c, "--%s: cannot read \"%s\": %s", files[i].option,
                               files[i].path, strerror(errno));
    if (!f->cert != !f->cert_key)
        return usage_error(c, "--cert and --cert-key go together");
    return -1;
}

int reach_apply(const struct command *c, const struct reach_flags *f,
                struct profile_connection *out) {
    struct err err = {0};
    char *proxy = NULL;
    int code = check_files(c, f);

    if (code >= 0)
        return code;
    for (size_t i = 0; i < f->headers.count; i++)
        if (!connection_add_header(&out->headers, f->headers.items[i], &err))
            return usage_error(c, "--header: %s", err.text);
    if (f->proxy && !(proxy = connection_proxy(f->proxy, &err)))
        return usage_error(c, "--proxy: %s", err.text);
    if (f->rate && !connection_rate(f->rate, &out->rate_us, &err))
        code = usage_error(c, "--rate: %s", err.text);
    replace(&out->proxy, proxy);
    replace(&out->cacert, f->cacert);
    replace(&out->cert, f->cert);
    replace(&out->cert_key, f->cert_key);
    out->insecure = out->insecure || f->insecure;
    out->timeout_ms = f->timeout_ms ? f->timeout_ms : out->timeout_ms;
    if (out->insecure && code < 0)
        fprintf(stderr,
                "assay %s: WARNING: the certificate of the other end is not "
                "verified\n",
                c->name);
    free(proxy);
    return code;
}

struct profile *reach_upstream(const struct command *c, const char *credentials,
                               const char *url, const struct reach_flags *f) {
    struct diags diags = {0};
    struct err err = {0};
    struct profile *p = credentials
                            ? profile_load(credentials, PROFILE_OTHER_URL, &diags)
                            : mem_new(1, sizeof(*p));

    if (!p) {
        print_diags(&diags, 2);
        return NULL;
    }
    free(p->base_url);
    p->base_url = connection_url(url, &err);
    if (!p->base_url)
        usage_error(c, "--upstream: %s", err.text);
    else if (reach_apply(c, f, &p->connection) < 0)
        return p;
    profile_free(p);
    return NULL;
}

bool reach_given(const struct reach_flags *f) {
    return f->headers.count || f->cacert || f->cert || f->cert_key || f->proxy ||
           f->rate || f->insecure || f->timeout_ms;
}

void reach_release(struct reach_flags *f) {
    free(f->headers.items);
    f->headers = (struct option_list){0};
}
