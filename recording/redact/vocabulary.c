/* A word comes in. Whether it names a secret field, or belongs to the API or to HTTP,
 * goes out. */
#include "recording/redact/vocabulary.h"

#include <string.h>

#include "recording/redact/fields.h"

const char vocabulary_query_field[] = "key"; /* in a body it may be a name */

/* clang-format off */
static const char *const credential_fields[] = {
    "api_key", "x_api_key", "access_key", "secret_key", "private_key", "stripe_key",
    "access_token", "auth_token", "id_token", "refresh_token", "session_token",
    "client_secret", "api_secret", "password", "passwd", "passphrase", "pwd", "pass",
    "token", "jwt", "bearer", "authorization", "auth", "credential", "credentials",
    "session", "session_id", "signature", "sig",
};

static const char *const words[] = {
    "account", "apps.secret", "application/json", "code", "created", "data", "deleted",
    "error", "expires_at", "false", "has_more", "list", "limit", "livemode", "message",
    "name", "null", "object", "param", "payload", "scope", "secret", "secrets",
    "starting_after", "true", "type", "user", "apps", "find", "delete", "test", "value",
    "string", "expand", "HTTP", "Bearer", "Basic", "text", "json", "ending_before",
    "resource_missing", "invalid_request_error", "idempotency_error", "api_error",
    "rate_limit_error", "authentication_error", "idempotency_key_in_use",
    "parameter_missing", "parameter_unknown", "parameter_invalid_empty",
    "parameter_invalid_integer", "application", "charset", "utf-8", "text/html",
    "text/plain", "html", "plain", "keep-alive", "close", "identity", "gzip", "deflate",
    "chunked", "no-cache", "no-store", "private", "public", "max-age", "nosniff",
    "Accept", "Authorization", "Content-Type", "Accept-Encoding", "Origin", "OK",
    "Bad Request", "Unauthorized", "Forbidden", "Not Found", "Found", "Request", "POST",
    "form", "x-www-form-urlencoded", "application/x-www-form-urlencoded",
};
/* clang-format on */

const size_t vocabulary_credentials = ARRAY_LEN(credential_fields);

static bool is_one_of(const char *text, size_t len, const char *const *of, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strlen(of[i]) == len && strncasecmp(of[i], text, len) == 0)
            return true;
    return false;
}

bool vocabulary_has(const char *text, size_t len) {
    return is_one_of(text, len, words, ARRAY_LEN(words));
}

bool vocabulary_is_http(const char *name, const char *value) {
    static const char *const names[] = {
        "Accept",       "Accept-Encoding", "Allow",  "Cache-Control", "Connection",
        "Content-Type", "Keep-Alive",      "Pragma", "Vary",
    };
    static const char *const known[] = {
        "*/*",
        "application/json",
        "application/x-www-form-urlencoded",
        "text/html",
        "text/plain",
        "charset",
        "utf-8",
        "keep-alive",
        "close",
        "timeout",
        "max",
        "no-cache",
        "no-store",
        "must-revalidate",
        "no-transform",
        "private",
        "public",
        "max-age",
        "gzip",
        "deflate",
        "br",
        "zstd",
        "identity",
        "Origin",
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "GET",
        "HEAD",
        "POST",
        "OPTIONS",
        "DELETE",
    };
    static const char stops[] = " ,;=";

    if (!is_one_of(name, strlen(name), names, ARRAY_LEN(names)))
        return false;
    for (value += strspn(value, stops); *value; value += strspn(value, stops)) {
        size_t len = strcspn(value, stops);

        if (!is_one_of(value, len, known, ARRAY_LEN(known)) &&
            !(len < 4 && strspn(value, "0123456789") >= len))
            return false;
        value += len;
    }
    return true;
}

void vocabulary_add_fields(struct field_set *s) {
    field_set_add(s, "payload");
    for (size_t i = 0; i < ARRAY_LEN(credential_fields); i++)
        field_set_add(s, credential_fields[i]);
}

static bool spells(const char *text, size_t len, const char *name) {
    return len && field_spelt(text, len, name) == len;
}

bool vocabulary_hides(const char *key) {
    const char *open = strrchr(key, '['),
               *name = open && open[1] != ']' ? open + 1 : key;
    size_t len;

    name += strspn(name, " ");
    len = strcspn(name, "[] ");
    for (size_t i = 0; i < ARRAY_LEN(credential_fields); i++)
        if (spells(name, len, credential_fields[i]))
            return true;
    return spells(name, len, "payload") || spells(name, len, vocabulary_query_field);
}
