/* A recorded request comes in. The same request under the names, users, keys and ids of
 * this run goes out. */
#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/diff/compare.h"
#include "recording/history/name_tokens.h"
#include "recording/redact/redactor.h"

enum { LONG_NAME = 4900 }; /* a longer one is changed, not lengthened */

char *diff_name(const struct diff *d, const char *text) {
    char *plain = name_tokens_plain(d->histories->name_tokens, text), *here;
    const char *there = plain ? plain : text;
    size_t n = strlen(d->id);

    if (!*there)
        here = mem_strdup("");
    else if (strlen(there) > LONG_NAME)
        here = mem_printf("%s%s", d->id, there + n);
    else
        here = mem_printf("%s-%s", d->id, there);
    free(plain);
    return here;
}

char *diff_user(const struct diff *d, const char *there) {
    for (size_t i = 0; i < d->target.profile->credential_count; i++) {
        const char *own = d->target.profile->credentials[i].user;

        if (own && strcmp(own, there) == 0)
            return mem_strdup(there); /* a UI extension is bound to it */
    }
    if (!*there)
        return mem_strdup("");
    return str_starts(there, "usr_") ? mem_printf("usr_%s%s", d->id, there + 4)
                                     : mem_printf("%s%s", d->id, there);
}

/* One that is easily changed, unless the recorded implementation did that. */
char *diff_payload(const struct diff *d, const char *token) {
    char *bare = redactor_token_bare(token);
    char *payload =
        mem_printf(d->plain ? "payload-%s-%s" : "  payload+%s-%s %%41 \xc3\xa9\t ",
                   d->id, strchr(bare, ':') + 1);

    free(bare);
    return payload;
}

static char *id_here(const struct diff *d, const char *there) {
    const char *here = json_string_value(json_object_get(d->ids, there));

    return mem_strdup(here ? here : there);
}

/* The value of a parameter as it is sent here; NULL = as it was. */
static char *value_here(struct diff *d, const struct interaction *t, const char *key,
                        const char *value) {
    int64_t number;

    if (strcmp(key, "name") == 0)
        return diff_name(d, value);
    if (strcmp(key, "scope[user]") == 0)
        return diff_user(d, value);
    if (strcmp(key, "starting_after") == 0 || strcmp(key, "ending_before") == 0)
        return id_here(d, value);
    if (redactor_token(value, strlen(value)) && str_starts(value, "payload:"))
        return diff_payload(d, value);
    if (strcmp(key, "expires_at") == 0 && str_to_int(value, strlen(value), &number) &&
        number > EPOCH_LEAST_S && number < EPOCH_LEAST_MS) {
        d->sent_expires = diff_time_expires(d, t, number);
        return mem_printf("%lld", (long long)d->sent_expires);
    }
    return NULL;
}

static char *form_here(struct diff *d, const struct interaction *t, const char *text,
                       size_t len, size_t *out_len) {
    struct form form = {0}, sent = {0};
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    form_parse(&form, text, len, 100000, NULL);
    for (size_t i = 0; i < form.count; i++) {
        const struct form_pair *p = &form.pairs[i];
        char *value = strlen(p->value) == p->value_len
                          ? value_here(d, t, p->key, p->value)
                          : NULL;

        form_add(&sent, p->key, p->key_len, value ? value : p->value,
                 value ? strlen(value) : p->value_len);
        free(value);
    }
    form_write(&out, &sent, 0);
    form_release(&form);
    form_release(&sent);
    return buf_take(&out, out_len);
}

const char *diff_role(const struct diff *d, const struct interaction *t) {
    const char *key = t->key.credential, *account;

    if (!key)
        return "";
    for (size_t i = 0; i < d->target.profile->credential_count; i++) {
        const char *role = d->target.profile->credentials[i].role;

        if (str_starts(key, "key:") && strcmp(key + 4, role) == 0)
            return role;
    }
    if (d->histories->main_key && strcmp(key, d->histories->main_key) == 0)
        return "main";
    account = json_string_value(json_object_get(d->histories->accounts, key));
    return account && !*account ? "" : NULL;
}

static void credential_here(const struct diff *d, const struct interaction *t,
                            struct http_headers *h) {
    const char *was = http_headers_get(&t->x->request.headers, "Authorization");
    const char *role = diff_role(d, t);
    const struct credential *c =
        role && *role ? profile_credential(d->target.profile, role) : NULL;
    struct buf pair = BUF_INIT(BUF_UNLIMITED), value = BUF_INIT(BUF_UNLIMITED);
    char *key = c ? mem_strdup(c->key) : mem_printf("sk_test_nobody%s", d->id);

    if (was && strncasecmp(was, "Bearer ", 7) == 0 && t->key.credential) {
        buf_addf(&value, "Bearer %s", key);
    } else if (was && strncasecmp(was, "Basic ", 6) == 0 && t->key.credential) {
        buf_addf(&pair, "%s:%s", key, strstr(was, ":credential:") ? "password" : "");
        buf_adds(&value, "Basic ");
        str_add_base64(&value, pair.ptr, pair.len);
    } else if (was) {
        buf_addf(&value, "%.*s", (int)strcspn(was, " "), was);
        if (strstr(was, "(not base64)")) /* what could not be read then cannot be now */
            buf_adds(&value, " %%%%");
        else if (!strstr(was, "(empty)"))
            buf_adds(&value, was + strcspn(was, " "));
    }
    if (was)
        http_headers_add(h, "Authorization", value.ptr);
    buf_release(&pair);
    buf_release(&value);
    free(key);
}

void diff_request(struct diff *d, const struct interaction *t, struct http_request *r) {
    static const char *const ours[] = {"Authorization",  "Host",   "Idempotency-Key",
                                       "Content-Length", "Expect", "Connection",
                                       "Accept-Encoding"};
    const struct http_request *was = &t->x->request;
    size_t path = http_target_path_len(was->target), len;
    const char *query = http_target_query(was->target),
               *type = http_headers_get(&was->headers, "Content-Type");
    char *form = form_here(d, t, query, strlen(query), &len);
    char *target =
        mem_printf("%.*s%s%s", (int)path, was->target, *form ? "?" : "", form);

    http_request_set(r, was->method, target);
    free(form);
    free(target);
    credential_here(d, t, &r->headers);
    for (size_t i = 0; i < was->headers.count; i++) {
        const struct http_header *h = &was->headers.items[i];
        bool skip = false;

        for (size_t k = 0; k < ARRAY_LEN(ours); k++)
            skip = skip || str_equal_nocase(h->name, ours[k]);
        if (!skip)
            http_headers_add(&r->headers, h->name, h->value);
    }
    if (t->key.idempotency) {
        char *key = mem_printf("%s-%s", d->id, t->key.idempotency);

        http_headers_add(&r->headers, "Idempotency-Key", key);
        free(key);
    }
    if (was->body && (!type || strncasecmp(type, "application/x-www-form", 22) == 0)) {
        form = form_here(d, t, was->body, was->body_len, &len);
        http_request_body(r, form, len);
        free(form);
    } else if (was->body) {
        http_request_body(r, was->body, was->body_len);
    }
}
