/* An HTTP request comes in. What it is matched by goes out: the call, the identities,
 * and one text for all the rest. */
#include "recording/history/request_key.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields.h"
#include "recording/redact/secret_names.h"
#include "recording/redact/token.h"

enum { MAX_PAIRS = 20000 };

static const char any_payload[] = "(a payload)"; /* what a fingerprint says of it */

const char request_key_basic[] = "\ncredential Basic",
           request_key_bearer[] = "\ncredential Bearer";

struct reading {
    struct request_key *a;
    request_key_translate *translate;
    void *context;
    char **pairs;
    size_t count;
};

/* Bytes as a C string: NUL becomes the two characters \0. */
static char *plain(const char *text, size_t len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < len; i++) {
        if (text[i])
            buf_addc(&out, text[i]);
        else
            buf_adds(&out, "\\0");
    }
    return buf_take(&out, NULL);
}

static void add_pair(struct reading *g, const char *key, const char *value) {
    char *other = NULL;

    if ((str_starts(key, "payload") || secret_name_hides(key)) && *value)
        value = any_payload;
    else if (g->translate)
        other = g->translate(g->context, value);

    g->pairs = mem_grow(g->pairs, g->count + 1, sizeof(*g->pairs));
    g->pairs[g->count++] = mem_printf("%s=%s", key, other ? other : value);
    free(other);
}

/* SET-10: more characters than the API takes. */
static bool too_long(const char *text) {
    size_t n = 0;

    for (; *text && n <= API_MAX_CHARACTERS; text++)
        n += (*text & 0xc0) != 0x80;
    return n > API_MAX_CHARACTERS;
}

/* An identity goes into its field; the fingerprint says only that it is there. */
static bool take(struct reading *g, char **field, const char *key, const char *value) {
    bool long_payload;

    if (*field) { /* given twice: the last one counts, both are in the fingerprint */
        add_pair(g, key, *field);
        free(*field);
    }
    *field = mem_strdup(value);
    g->pairs = mem_grow(g->pairs, g->count + 1, sizeof(*g->pairs));
    long_payload = too_long(value) && field == &g->a->payload;
    g->a->too_long = g->a->too_long || long_payload;
    g->pairs[g->count++] = mem_printf("%s%s", key,
                                      !*value                            ? " empty"
                                      : too_long(value) && !long_payload ? " long"
                                                                         : "");
    return true;
}

static void take_pair(struct reading *g, const struct form_pair *p) {
    struct request_key *a = g->a;
    char *key = plain(p->key, p->key_len), *value = plain(p->value, p->value_len);
    const struct {
        const char *key;
        char **field;
    } identities[] = {
        {"name", &a->name},
        {"scope[user]", &a->user},
        {"payload", &a->payload},
        {"expires_at", &a->expires},
        {"starting_after", &a->cursor},
        {"ending_before", &a->other_cursor},
    };
    bool taken = false;

    if (strcmp(key, "scope[type]") == 0) {
        free(a->type);
        a->type = mem_strdup(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(identities) && !taken; i++)
        taken = strcmp(key, identities[i].key) == 0 &&
                take(g, identities[i].field, key, value);
    if (!taken && str_starts(key, "expand["))
        add_pair(g, "expand[]", value);
    else if (!taken)
        add_pair(g, key, value);
    free(key);
    free(value);
}

static void take_form(struct reading *g, const char *text, size_t len) {
    struct form form = {0};

    form_parse(&form, text, len, MAX_PAIRS, NULL);
    for (size_t i = 0; i < form.count; i++)
        take_pair(g, &form.pairs[i]);
    form_release(&form);
}

/* The key of a Basic credential that holds a NUL: none to HTTP, but a recording has a
 * token for it; NULL = it is not such a one. */
static char *key_with_nul(const char *scheme, const char *coded) {
    struct buf bytes = BUF_INIT(BUF_UNLIMITED);
    bool read = strncasecmp(scheme, "Basic", 5) == 0 &&
                str_from_base64(&bytes, coded, strlen(coded)) && bytes.len &&
                memchr(bytes.ptr, '\0', bytes.len);
    const char *colon = read ? memchr(bytes.ptr, ':', bytes.len) : NULL;
    char *key = colon ? plain(bytes.ptr, (size_t)(colon - bytes.ptr)) : NULL;

    buf_release(&bytes);
    return key;
}

/* The credential as it was sent or as a recording shows it: its key, and its form. */
static void take_credential(struct reading *g, const struct http_headers *h) {
    const char *value = http_headers_get(h, "Authorization"), *rest, *scheme = NULL;
    char *key = http_credential(h, &scheme);
    size_t n, token;

    if (!value || !*value) {
        add_pair(g, "credential", "none");
        return;
    }
    n = strcspn(value, " ");
    rest = value + n + strspn(value + n, " ");
    token = redactor_token(rest, strlen(rest));
    if (!key && !token)
        key = key_with_nul(value, rest);
    if (token && str_starts(rest, "key:")) {
        free(key);
        key = mem_strndup(rest, token);
        rest += token;
        if (*rest == ':')
            rest = strncasecmp(value, "Basic", 5) == 0 ? ":password" : rest;
    } else if (key && strncasecmp(value, "Basic", 5) == 0) {
        struct buf bytes = BUF_INIT(BUF_UNLIMITED);
        const char *colon;

        str_from_base64(&bytes, rest, strlen(rest));
        colon = memchr(bytes.ptr, ':', bytes.len);
        rest = !colon ? " (no colon)" : colon[1] ? ":password" : "";
        buf_release(&bytes);
    } else if (key) {
        rest = "";
    } else {
        rest = " unreadable";
    }
    g->a->credential = key;
    g->pairs = mem_grow(g->pairs, g->count + 1, sizeof(*g->pairs));
    g->pairs[g->count++] = mem_printf("credential %s%s", scheme ? scheme : "odd", rest);
}

static const char *hide_payload(void *context, const struct leaf *leaf) {
    (void)context;
    return leaf->value_len ? any_payload : NULL;
}

/* A body that is no form, without its payloads. */
/* The boundary of a multipart body, which clients make up anew each time; `*len` bytes of
 * `type`. NULL = it has none. */
static const char *boundary_of(const char *type, size_t *len) {
    const char *at =
        strncasecmp(type, "multipart/", 10) == 0 ? strcasestr(type, "boundary=") : NULL;
    bool quoted;

    if (!at)
        return NULL;
    at += strlen("boundary=");
    quoted = *at == '"';
    at += quoted;
    *len = strcspn(at, quoted ? "\"" : "; \t");
    return *len ? at : NULL;
}

/* Its text with one word for all boundaries. */
static char *without_boundary(const char *text, size_t len, const char *boundary,
                              size_t boundary_len) {
    const char *end = text + len, *hit;
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    char *shown;

    while (boundary &&
           (hit = str_find(text, (size_t)(end - text), boundary, boundary_len))) {
        buf_add(&out, text, (size_t)(hit - text));
        buf_adds(&out, "(boundary)");
        text = hit + boundary_len;
    }
    buf_add(&out, text, (size_t)(end - text));
    shown = plain(out.ptr, out.len);
    buf_release(&out);
    return shown;
}

static void take_other_body(struct reading *g, const char *type, const char *bytes,
                            size_t len) {
    static const struct field_rules rules = {0};
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    size_t boundary_len = 0;
    const char *boundary = boundary_of(type, &boundary_len);
    char *text, *shown_type;

    fields_replace(&rules, type, bytes, len, hide_payload, NULL, &body);
    text = without_boundary(body.ptr, body.len, boundary, boundary_len);
    shown_type = without_boundary(type, strlen(type), boundary, boundary_len);
    add_pair(g, "type", shown_type);
    add_pair(g, "body", text);
    free(shown_type);
    free(text);
    buf_release(&body);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void build_shape(struct reading *g, const struct http_request *r) {
    struct buf fingerprint = BUF_INIT(BUF_UNLIMITED);

    if (g->count)
        qsort(g->pairs, g->count, sizeof(*g->pairs), by_text);
    buf_adds(&fingerprint, r->method);
    buf_addc(&fingerprint, ' ');
    buf_add(&fingerprint, r->target, http_target_path_len(r->target));
    for (size_t i = 0; i < g->count; i++) {
        buf_addc(&fingerprint, '\n');
        buf_adds(&fingerprint, g->pairs[i]);
        free(g->pairs[i]);
    }
    free(g->pairs);
    g->a->fingerprint = buf_take(&fingerprint, NULL);
}

void request_key_read(struct request_key *a, const struct http_request *r,
                      request_key_translate *translate, void *context) {
    struct reading g = {.a = a, .translate = translate, .context = context};
    const char *type = http_headers_get(&r->headers, "Content-Type"),
               *query = http_target_query(r->target);
    int64_t number;

    memset(a, 0, sizeof(*a));
    a->op = api_call_of(r->method, r->target, http_target_path_len(r->target));
    a->idempotency = mem_strdup(http_headers_get(&r->headers, "Idempotency-Key"));
    take_credential(&g, &r->headers);
    take_form(&g, query, strlen(query));
    if (r->body && type &&
        strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0) {
        take_other_body(&g, type, r->body, r->body_len);
    } else if (r->body) {
        take_form(&g, r->body, r->body_len);
    }
    if (!a->cursor) {
        a->cursor = a->other_cursor;
        a->other_cursor = NULL;
    }
    a->expires_at = INT64_MIN;
    if (a->expires && str_to_int(a->expires, strlen(a->expires), &number))
        a->expires_at = number;
    else if (a->expires && *a->expires)
        add_pair(&g, "expires", a->expires);
    build_shape(&g, r);
}

void request_key_release(struct request_key *a) {
    free(a->credential);
    free(a->fingerprint);
    free(a->name);
    free(a->type);
    free(a->user);
    free(a->payload);
    free(a->expires);
    free(a->cursor);
    free(a->other_cursor);
    free(a->idempotency);
    memset(a, 0, sizeof(*a));
}

char *request_key_other_scheme(const struct request_key *a) {
    const char *basic = strstr(a->fingerprint, request_key_basic),
               *bearer = strstr(a->fingerprint, request_key_bearer),
               *at = basic ? basic : bearer;
    const char *other = basic ? request_key_bearer : request_key_basic, *rest;

    if (!at)
        return NULL;
    rest = at + strlen(basic ? request_key_basic : request_key_bearer);
    if (*rest && *rest != '\n') /* with a password, unreadable */
        return NULL;
    return mem_printf("%.*s%s%s", (int)(at - a->fingerprint), a->fingerprint, other,
                      rest);
}

/* The text behind "\nNAME=" at or after `from`; NULL = there is none. */
static const char *next_value(const char *from, const char *name) {
    size_t n = strlen(name);

    while ((from = strchr(from, '\n'))) {
        from++;
        if (strncmp(from, name, n) == 0 && from[n] == '=')
            return from + n + 1;
    }
    return NULL;
}

const char *request_key_param(const struct request_key *a, const char *name,
                              size_t *len) {
    const char *value = next_value(a->fingerprint, name);

    *len = value ? strcspn(value, "\n") : 0;
    return value;
}

bool request_key_has(const struct request_key *a, const char *name, const char *value) {
    size_t n = strlen(value);

    for (const char *at = a->fingerprint; (at = next_value(at, name));)
        if (strncmp(at, value, n) == 0 && (at[n] == '\n' || !at[n]))
            return true;
    return false;
}
