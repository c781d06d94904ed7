/* Redaction: the first line is a secret, the second a token; neither secret survives.
 */
#include "core/jsonx.h"
#include "core/str.h"
#include "fuzz.h"
#include "recording/redact/secret_set.h"

static void gone(const struct secret_set *r, const char *text, size_t len,
                 const char *secret, size_t secret_len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    HOLDS(secret_set_finds(r, text, len));
    HOLDS(secret_set_replace(r, text, len, &out));
    HOLDS(!str_find(out.ptr, out.len, secret, secret_len));
    buf_release(&out);
}

/* Percent-encoded and as JSON, once and again. */
static void gone_when_encoded(const struct secret_set *r, const char *secret,
                              size_t len) {
    struct buf once = BUF_INIT(BUF_UNLIMITED), twice = BUF_INIT(BUF_UNLIMITED);
    json_t *text = json_stringn(secret, len), *again;

    str_add_percent(&once, secret, len);
    str_add_percent(&twice, once.ptr, once.len);
    gone(r, once.ptr, once.len, secret, len);
    gone(r, twice.ptr, twice.len, secret, len);
    buf_cut(&once, 0);
    buf_cut(&twice, 0);
    if (text) {
        jsonx_add(&once, text);
        gone(r, once.ptr, once.len, secret, len);
        again = json_stringn(once.ptr, once.len);
        jsonx_add(&twice, again);
        gone(r, twice.ptr, twice.len, secret, len);
        json_decref(again);
    }
    json_decref(text);
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct secret_set *r = secret_set_new();
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t len;
    const char *secret = fuzz_part(&data, &size, '\n', &len);

    if (secret_set_add(r, secret, len, "\x01") && len >= 8 &&
        !memchr(secret, '\x01', len)) {
        gone(r, secret, len, secret, len);
        gone_when_encoded(r, secret, len);
        HOLDS(secret_set_replace(r, (const char *)data, size, &out));
        if (!secret_set_finds(r, (const char *)data, size))
            HOLDS(out.len == size && (!size || memcmp(out.ptr, data, size) == 0));
        HOLDS(!str_find(out.ptr, out.len, secret, len));
    }
    buf_release(&out);
    secret_set_free(r);
    return 0;
}
