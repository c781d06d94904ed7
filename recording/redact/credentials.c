/* The headers of a message come in. The secrets in them are learned, then replaced. */
#include <string.h>

#include "core/str.h"
#include "recording/redact/lookalike.h"
#include "recording/redact/redactor_parts.h"
#include "recording/redact/vocabulary.h"

static void add_marked(struct buf *out, const char *token) {
    buf_addf(out, "%s%s%s", redactor_mark, token, redactor_mark);
}

static void add_basic(struct redactor *r, const char *value, struct buf *out) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    const char *colon, *token;

    if (!str_from_base64(&plain, value, strlen(value))) {
        token = redactor_token_of(r, KIND_CREDENTIAL, value, strlen(value));
        token ? add_marked(out, token) : (void)buf_adds(out, value);
        buf_adds(out, " (not base64)");
    } else if (!(colon = memchr(plain.ptr, ':', plain.len))) {
        token = redactor_token_of(r, KIND_KEY, plain.ptr, plain.len);
        if (token)
            add_marked(out, token);
        buf_adds(out, " (no colon)");
    } else {
        size_t user = (size_t)(colon - plain.ptr);

        token = redactor_token_of(r, KIND_KEY, plain.ptr, user);
        token ? add_marked(out, token) : (void)buf_adds(out, "(empty)");
        token = redactor_token_of(r, KIND_CREDENTIAL, colon + 1, plain.len - user - 1);
        if (token) {
            buf_addc(out, ':');
            add_marked(out, token);
        }
    }
    buf_release(&plain);
}

/* Has the value of an Authorization been rewritten by add_basic() before? */
static bool basic_done(const char *value) {
    return redactor_token(value, strlen(value)) || str_starts(value, "(empty)") ||
           str_ends(value, "(no colon)");
}

/* The name of a scheme alone is no secret: learned as one it would be replaced in every
 * later header. */
static bool is_scheme(const char *text, size_t len) {
    static const char *const schemes[] = {"Basic", "Bearer",    "Digest",
                                          "Token", "Negotiate", "NTLM"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (strlen(schemes[i]) == len && strncasecmp(schemes[i], text, len) == 0)
            return true;
    return false;
}

static void add_authorization(struct redactor *r, const char *value, struct buf *out) {
    size_t scheme = strcspn(value, " ");
    const char *rest = value + scheme + strspn(value + scheme, " "), *token;
    bool bearer = strncasecmp(value, "Bearer ", 7) == 0;

    if (!*rest && is_scheme(value, scheme)) {
        buf_adds(out, value);
        return;
    }
    if (!value[scheme]) {
        token = redactor_token_of(r, KIND_CREDENTIAL, value, scheme);
        token ? add_marked(out, token) : (void)buf_adds(out, value);
        return;
    }
    buf_addf(out, "%.*s ", (int)scheme, value);
    if (r->keep_tokens && basic_done(rest)) {
        buf_adds(out, rest);
    } else if (strncasecmp(value, "Basic ", 6) == 0 && *rest) {
        add_basic(r, rest, out);
    } else {
        token = redactor_token_of(r, bearer ? KIND_KEY : KIND_CREDENTIAL, rest,
                                  strlen(rest));
        token ? add_marked(out, token) : (void)buf_adds(out, rest);
    }
}

/* `a=1; b=2`; of a Set-Cookie only the first is a value. */
static void add_cookies(struct redactor *r, const char *value, bool first_only,
                        struct buf *out) {
    for (bool first = true; *value; first = false) {
        size_t len = strcspn(value, ";"), name = strcspn(value, "=;");
        const char *token = NULL;

        if (first || !first_only) {
            size_t from = name < len ? name + 1 : 0;

            while (!from && *value == ' ' && len > 1) {
                buf_addc(out, ' ');
                value++, len--;
            }
            token = redactor_token_of(r, KIND_COOKIE, value + from, len - from);
            buf_add(out, value, token ? from : len);
            if (token)
                add_marked(out, token);
        } else {
            buf_add(out, value, len);
        }
        value += len;
        if (*value)
            buf_addc(out, *value++);
    }
}

static void add_whole(struct redactor *r, enum kind kind, const char *value,
                      struct buf *out) {
    const char *token = redactor_token_of(r, kind, value, strlen(value));

    token ? add_marked(out, token) : (void)buf_adds(out, value);
}

static bool is_chosen(const struct redactor *r, const char *name) {
    for (size_t i = 0; i < r->header_count; i++)
        if (str_equal_nocase(r->headers[i], name))
            return true;
    return false;
}

static bool ends_with_one(const char *name, const char *const *ends, size_t count) {
    size_t len = strlen(name);

    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(ends[i]);

        if (len >= n && str_equal_nocase(name + len - n, ends[i]))
            return true;
    }
    return false;
}

static void add_header(struct redactor *r, const struct http_header *h,
                       struct buf *out) {
    static const char *const whole[] = {
        "Api-Key",    "ApiKey",     "Secret-Key",  "Access-Key",    "Auth-Key",
        "X-Key",      "Stripe-Key", "Private-Key", "Functions-Key", "Subscription-Key",
        "Token",      "Secret",     "Password",    "Passphrase",    "Session",
        "Session-Id", "Credential", "Credentials", "Signature",     "Signature-256",
        "X-Auth",     "JWT",
    };
    static const char *const urls[] = {"Referer", "Location"};
    static const char *const authorizations[] = {"Authorization", "Authentication"};
    static const char *const payloads[] = {"Payload"};

    if (ends_with_one(h->name, payloads, ARRAY_LEN(payloads)))
        add_whole(r, KIND_PAYLOAD, h->value, out);
    else if (ends_with_one(h->name, whole, ARRAY_LEN(whole)))
        add_whole(r, KIND_CREDENTIAL, h->value, out);
    else if (ends_with_one(h->name, urls, ARRAY_LEN(urls)))
        redactor_mark_target(r, h->value, out);
    else if (is_chosen(r, h->name))
        add_whole(r, KIND_REDACTED, h->value, out);
    else if (ends_with_one(h->name, authorizations, ARRAY_LEN(authorizations)) ||
             strncasecmp(h->value, "Basic ", 6) == 0 ||
             strncasecmp(h->value, "Bearer ", 7) == 0)
        add_authorization(r, h->value, out);
    else if (str_equal_nocase(h->name, "Cookie"))
        add_cookies(r, h->value, false, out);
    else if (str_equal_nocase(h->name, "Set-Cookie"))
        add_cookies(r, h->value, true, out);
    else
        buf_adds(out, h->value);
}

void redactor_learn_headers(struct redactor *r, struct http_headers *headers) {
    for (size_t i = 0; i < headers->count; i++) {
        struct http_header *h = &headers->items[i];
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        if (str_equal_nocase(h->name, "WWW-Authenticate") ||
            str_equal_nocase(h->name, "Proxy-Authenticate"))
            continue; /* a challenge, `Basic realm=..`, is no credential */
        add_header(r, h, &out);
        redactor_replace(http_owned(&h->value), &out);
    }
}

/* Few names hold a secret, so they are looked at before they are copied. */
static void sweep_name(struct redactor *r, char **name) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct lookalike hit;
    size_t len = strlen(*name);

    if (!secret_set_finds(r->texts, *name, len) && !lookalike_find(*name, len, 0, &hit))
        return;
    redactor_add(r, *name, len, &out);
    redactor_replace(name, &out);
}

/* All values once more, for secrets that were learned elsewhere in the message. */
void redactor_sweep_headers(struct redactor *r, struct http_headers *headers) {
    for (size_t i = 0; i < headers->count; i++) {
        struct buf out = BUF_INIT(BUF_UNLIMITED);
        char **value = http_owned(&headers->items[i].value);

        if (vocabulary_is_http(headers->items[i].name, *value))
            continue;
        redactor_add(r, *value, strlen(*value), &out);
        redactor_replace(value, &out);
        sweep_name(r, http_owned(&headers->items[i].name));
    }
}

/* Are these the values that `before` holds? Empties `before`. */
bool redactor_differ(const struct http_headers *headers, struct http_headers *before) {
    bool changed = false;

    for (size_t i = 0; i < headers->count; i++)
        changed = changed ||
                  strcmp(headers->items[i].value, before->items[i].value) != 0 ||
                  strcmp(headers->items[i].name, before->items[i].name) != 0;
    http_headers_release(before);
    return changed;
}

bool redactor_headers(struct redactor *r, struct http_headers *headers) {
    struct http_headers before = {0};

    http_headers_copy(&before, headers);
    redactor_learn_headers(r, headers);
    redactor_sweep_headers(r, headers);
    return redactor_differ(headers, &before);
}
