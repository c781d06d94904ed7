/* Redaction of exchanges: the first line is a payload, the second a content type; the
 * rest is a body that may hold it. What is sent as `payload` is nowhere afterwards. */
#include "core/str.h"
#include "fuzz.h"
#include "recording/redact/redactor.h"

enum { LONG_ENOUGH = 8 };

static void send(struct redactor *r, const char *type, const char *body, size_t len,
                 struct http_request *q) {
    http_request_set(q, "POST", "/v1/apps/secrets?x=1");
    http_headers_add(&q->headers, "Content-Type", type);
    http_request_body(q, body, len);
    redactor_request(r, q);
}

/* Texts that may stand for something else than the secret. */
static bool may_stay(const char *payload, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((payload[i] >= 'a' && payload[i] <= 'z') || payload[i] == '_' ||
            payload[i] == ':' || payload[i] == 0x1a)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct redactor *r = redactor_new();
    struct buf form = BUF_INIT(BUF_UNLIMITED);
    struct http_request q = {0}, other = {0};
    size_t len, type_len;
    const char *payload = fuzz_part(&data, &size, '\n', &len),
               *type = fuzz_part(&data, &size, '\n', &type_len);
    char *content_type = strndup(type, type_len);

    buf_adds(&form, "name=a&payload=");
    str_add_percent(&form, payload, len);
    buf_adds(&form, "&note=");
    str_add_percent(&form, payload, len);
    send(r, "application/x-www-form-urlencoded", form.ptr, form.len, &q);
    if (len) {
        HOLDS(str_find(q.body, q.body_len, "payload=payload:", 16));
        HOLDS(!str_find(q.body, q.body_len, "payload=payload:&", 17));
    }
    send(r, content_type, (const char *)data, size, &other);
    /* words of the API itself stay, and tokens hold letters: all else is gone */
    if (len >= LONG_ENOUGH && !may_stay(payload, len))
        HOLDS(!other.body || !str_find(other.body, other.body_len, payload, len));
    free(content_type);
    http_request_release(&q);
    http_request_release(&other);
    buf_release(&form);
    redactor_free(r);
    return 0;
}
