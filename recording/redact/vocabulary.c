/* A text comes in; out goes whether it is a word of the API or of HTTP. */
#include "recording/redact/vocabulary.h"

#include <string.h>

/* clang-format off */
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

static bool is_one_of(const char *text, size_t len, const char *const *of, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strlen(of[i]) == len && strncasecmp(of[i], text, len) == 0)
            return true;
    return false;
}

/* Seconds since 1970, from 2001 to 2106. */
static bool is_time(const char *text, size_t len) {
    uint64_t seconds = 0;

    if (len != 10)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        seconds = 10 * seconds + (uint64_t)(text[i] - '0');
    }
    return seconds <= UINT32_MAX;
}

bool vocabulary_has(const char *text, size_t len) {
    return is_time(text, len) || is_one_of(text, len, words, ARRAY_LEN(words));
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
