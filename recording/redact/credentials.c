/* A header comes in; out goes its value as a draft, with tokens for what is secret by the
 * header's name. */
#include "recording/redact/credentials.h"

#include <string.h>

#include "core/str.h"
#include "recording/redact/draft.h"
#include "recording/redact/lookalike.h"
#include "recording/redact/text_value.h"
#include "recording/redact/vocabulary.h"

static void add_text(struct draft *d, const char *text) {
    draft_text(d, text, strlen(text));
}

static void add_kept(struct draft *d, const char *text) {
    draft_kept(d, text, strlen(text));
}

/* The token of a secret, or the text if it has none. */
static void add_secret(struct draft *d, enum token_kind kind, const char *text,
                       size_t len) {
    const char *token = secret_book_token(d->book, kind, text, len);

    if (!token) {
        draft_text(d, text, len);
        return;
    }
    add_kept(d, token);
    secret_book_count(d->book, token);
}

static void add_basic(struct draft *d, const char *value) {
    struct buf plain = BUF_INIT(BUF_UNLIMITED);
    const char *colon;

    if (!str_from_base64(&plain, value, strlen(value))) {
        add_secret(d, TOKEN_CREDENTIAL, value, strlen(value));
        add_kept(d, " (not base64)");
    } else if (!(colon = memchr(plain.ptr, ':', plain.len))) {
        if (plain.len)
            add_secret(d, TOKEN_KEY, plain.ptr, plain.len);
        add_kept(d, " (no colon)");
    } else {
        size_t user = (size_t)(colon - plain.ptr), rest = plain.len - user - 1;

        if (user)
            add_secret(d, TOKEN_KEY, plain.ptr, user);
        else
            add_kept(d, "(empty)");
        if (rest) {
            add_kept(d, ":");
            add_secret(d, TOKEN_CREDENTIAL, colon + 1, rest);
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

/* Of a value with blanks the first word may be a part of a secret, too. */
static bool may_be_scheme(const char *text, size_t len) {
    static const char *const begin[] = {"AWS4-", "SCRAM-SHA-"};

    for (size_t i = 0; i < ARRAY_LEN(begin); i++)
        if (str_starts(text, begin[i]))
            return true;
    for (size_t i = 0; i < len; i++)
        if (!str_is_word_char(text[i]) || text[i] == '_')
            return false;
    return len && !text_value_is_random(text, text + len);
}

static void add_authorization(struct draft *d, const char *value) {
    size_t scheme = strcspn(value, " ");
    const char *rest = value + scheme + strspn(value + scheme, " ");
    bool bearer = strncasecmp(value, "Bearer ", 7) == 0;

    if (!*rest && is_scheme(value, scheme)) {
        add_kept(d, value);
        return;
    }
    if (!value[scheme] || !may_be_scheme(value, scheme)) {
        add_secret(d, TOKEN_CREDENTIAL, value, strlen(value));
        return;
    }
    draft_kept(d, value, scheme);
    add_kept(d, " ");
    if (d->book->keep_tokens && basic_done(rest))
        add_kept(d, rest);
    else if (strncasecmp(value, "Basic ", 6) == 0 && *rest)
        add_basic(d, rest);
    else
        add_secret(d, bearer ? TOKEN_KEY : TOKEN_CREDENTIAL, rest, strlen(rest));
}

/* `a=1; b=2`; of a Set-Cookie only the first is a value. */
static void add_cookies(struct draft *d, const char *value, bool first_only) {
    for (bool first = true; *value; first = false) {
        size_t len = strcspn(value, ";"), name = strcspn(value, "=;");

        if (first || !first_only) {
            size_t from = name < len ? name + 1 : 0;

            while (!from && *value == ' ' && len > 1) {
                add_kept(d, " ");
                value++, len--;
            }
            draft_text(d, value, from);
            add_secret(d, TOKEN_COOKIE, value + from, len - from);
        } else {
            draft_text(d, value, len);
        }
        value += len;
        if (*value) {
            draft_kept(d, value, 1);
            value++;
        }
    }
}

static bool is_chosen(const struct secret_book *b, const char *name) {
    for (size_t i = 0; i < b->header_count; i++)
        if (str_equal_nocase(b->headers[i], name))
            return true;
    return false;
}

static bool ends_nocase(const char *name, const char *end) {
    size_t len = strlen(name), n = strlen(end);

    return len >= n && str_equal_nocase(name + len - n, end);
}

static bool is_credential(const struct http_header *h) {
    return ends_nocase(h->name, "Authorization") ||
           ends_nocase(h->name, "Authentication") ||
           strncasecmp(h->value, "Basic ", 6) == 0 ||
           strncasecmp(h->value, "Bearer ", 7) == 0;
}

/* `true`, `12`: something about a secret. */
static bool says_little(const char *value) {
    size_t len = strlen(value);

    return str_equal_nocase(value, "true") || str_equal_nocase(value, "false") ||
           (len < 3 && strspn(value, "0123456789") == len);
}

void draft_header(struct draft *d, const struct http_header *h) {
    enum secret_kind kind = secret_name_kind(h->name, strlen(h->name));
    size_t len = strlen(h->value);

    if (vocabulary_is_http(h->name, h->value))
        add_kept(d, h->value);
    else if (str_equal_nocase(h->name, "WWW-Authenticate") ||
             str_equal_nocase(h->name, "Proxy-Authenticate"))
        add_text(d, h->value); /* a challenge, `Basic realm=..`, is no credential */
    else if (is_chosen(d->book, h->name))
        add_secret(d, TOKEN_REDACTED, h->value, len);
    else if (kind == SECRET_PAYLOAD)
        add_secret(d, TOKEN_PAYLOAD, h->value, len);
    else if (is_credential(h))
        add_authorization(d, h->value);
    else if (kind == SECRET_CREDENTIAL && !says_little(h->value))
        add_secret(d, TOKEN_CREDENTIAL, h->value, len);
    else if (str_equal_nocase(h->name, "Cookie"))
        add_cookies(d, h->value, false);
    else if (str_equal_nocase(h->name, "Set-Cookie"))
        add_cookies(d, h->value, true);
    else if (*h->value == '/' || str_find(h->value, len, "://", 3))
        draft_target(d, h->value);
    else
        draft_body(d, NULL, h->value, len);
    if (d->opens && !kind)
        secret_book_name(d->book, h->value, len);
}
