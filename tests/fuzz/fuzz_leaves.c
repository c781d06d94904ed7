/* Redaction changes secrets and nothing else. The first line is a payload, the second a
 * content type; the rest is a body. What is left of the body without its tokens stands in
 * it in the same order, and it is JSON if and only if it was. */
#include "core/jsonx.h"
#include "core/str.h"
#include "fuzz.h"
#include "recording/redact/redactor.h"

static const char part[] = "[part of a secret]";
static const char *const kinds[] = {
    "payload:", "key:", "credential:", "cookie:", "redacted:"};

/* How many bytes at `text` redaction has put there? */
static size_t put_there(const char *text, size_t len) {
    static const char *const others[] = {part, "masked key", "masked "};
    size_t n = redactor_token(text, len);

    for (size_t i = 0; i < sizeof(others) / sizeof(*others) && !n; i++)
        if (len >= strlen(others[i]) && memcmp(text, others[i], strlen(others[i])) == 0)
            n = strlen(others[i]);
    return n;
}

/* Is every byte of `now` one of `before`, in the same order, but for tokens and for the
 * quotes around the token of a number? */
static bool is_same_elsewhere(const char *before, size_t len, const char *now,
                              size_t now_len) {
    bool quoted = false; /* a quote that was no quote before is to be closed */
    bool behind = false; /* a token: a quote there closes a string */
    size_t at = 0, n;

    for (size_t i = 0; i < now_len; i += n) {
        bool closes = behind;

        n = put_there(now + i, now_len - i);
        behind = n > 0;
        if (n)
            continue;
        n = 1;
        if (now[i] == '"' && quoted) {
            quoted = false;
            continue;
        }
        if (now[i] == '"' && !closes && put_there(now + i + 1, now_len - i - 1) &&
            (at == len || before[at] != '"')) {
            quoted = true;
            continue;
        }
        while (at < len && before[at] != now[i])
            at++;
        if (at++ == len)
            return false;
    }
    return true;
}

/* Then it cannot be told what redaction has put there. */
static bool reads_like_tokens(const char *text, size_t len) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (str_find(text, len, kinds[i], strlen(kinds[i])))
            return true;
    return str_find(text, len, "masked ", 7) != NULL;
}

static bool is_json(const char *text, size_t len) {
    json_t *value = jsonx_load(text, len, 64, NULL);
    bool ok = value && (json_is_object(value) || json_is_array(value));

    json_decref(value);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct redactor *r = redactor_new();
    struct http_request q = {0};
    struct buf form = BUF_INIT(BUF_UNLIMITED);
    size_t len, type_len, now_len;
    const char *payload = fuzz_part(&data, &size, '\n', &len),
               *type = fuzz_part(&data, &size, '\n', &type_len);
    char *content_type = strndup(type, type_len), *now;

    buf_adds(&form, "name=a&payload=");
    str_add_percent(&form, payload, len);
    http_request_set(&q, "POST", "/v1/apps/secrets");
    http_request_body(&q, form.ptr, form.len);
    redactor_request(r, &q);
    now = redactor_body(r, content_type, (const char *)data, size, &now_len);
    if (!reads_like_tokens((const char *)data, size))
        HOLDS(is_same_elsewhere((const char *)data, size, now, now_len));
    HOLDS(is_json((const char *)data, size) == is_json(now, now_len));
    free(now);
    free(content_type);
    http_request_release(&q);
    buf_release(&form);
    redactor_free(r);
    return 0;
}
