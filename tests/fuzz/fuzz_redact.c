/* The search for secrets: the first line is a secret. In whatever form it is written it is
 * found, whole; where nothing is found, no twelve characters of it are. */
#include "core/jsonx.h"
#include "core/str.h"
#include "fuzz.h"
#include "recording/redact/secret_set.h"

/* What is left of a text without its hits. */
static void left(const struct secret_set *s, const char *text, size_t len,
                 struct buf *out) {
    struct secret_hits hits;
    size_t at = 0;

    secret_set_find(s, text, len, &hits);
    for (size_t i = 0; i < hits.count; i++) {
        const struct secret_hit *h = &hits.items[i];

        HOLDS(h->len && h->at >= at && h->at + h->len <= len);
        buf_add(out, text + at, h->at - at);
        buf_addc(out, 1);
        at = h->at + h->len;
    }
    buf_add(out, text + at, len - at);
    secret_hits_release(&hits);
}

static void gone(const struct secret_set *s, const char *text, size_t len,
                 const char *secret, size_t secret_len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    left(s, text, len, &out);
    HOLDS(out.len < len || memchr(out.ptr, 1, out.len));
    HOLDS(!str_find(out.ptr, out.len, secret, secret_len));
    for (size_t i = 0; i + SECRET_PART <= secret_len; i++)
        HOLDS(!str_find(out.ptr, out.len, secret + i, SECRET_PART));
    buf_release(&out);
}

/* Percent-encoded and as JSON, once and again, and all that in base64. */
static void gone_when_encoded(const struct secret_set *s, const char *secret,
                              size_t len) {
    struct buf once = BUF_INIT(BUF_UNLIMITED), twice = BUF_INIT(BUF_UNLIMITED);
    json_t *text = json_stringn(secret, len), *again;

    str_add_percent(&once, secret, len);
    str_add_percent(&twice, once.ptr, once.len);
    gone(s, once.ptr, once.len, secret, len);
    gone(s, twice.ptr, twice.len, secret, len);
    buf_cut(&once, 0);
    buf_cut(&twice, 0);
    str_add_base64(&once, secret, len);
    gone(s, once.ptr, once.len, secret, len);
    buf_cut(&once, 0);
    if (text) {
        jsonx_add(&once, text);
        gone(s, once.ptr, once.len, secret, len);
        again = json_stringn(once.ptr, once.len);
        jsonx_add(&twice, again);
        gone(s, twice.ptr, twice.len, secret, len);
        json_decref(again);
    }
    json_decref(text);
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct secret_set *s = secret_set_new();
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t len;
    const char *secret = fuzz_part(&data, &size, '\n', &len);

    if (secret_set_add(s, secret, len, "[T]") && len >= 8 && !memchr(secret, 1, len)) {
        gone(s, secret, len, secret, len);
        gone_when_encoded(s, secret, len);
        left(s, (const char *)data, size, &out);
        HOLDS(!str_find(out.ptr, out.len, secret, len));
        for (size_t i = 0; i + SECRET_PART <= len; i++)
            HOLDS(!str_find(out.ptr, out.len, secret + i, SECRET_PART));
    }
    buf_release(&out);
    secret_set_free(s);
    return 0;
}
