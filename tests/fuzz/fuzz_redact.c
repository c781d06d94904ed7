/* Redaction: the first line is a secret, the second a token; neither secret survives.
 */
#include "core/redact.h"
#include "core/str.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct redactor *r = redactor_new();
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t len;
    const char *secret = fuzz_part(&data, &size, '\n', &len);

    if (redactor_add(r, secret, len, "\x01") && len >= 8) {
        HOLDS(redactor_finds(r, secret, len));
        HOLDS(redactor_apply(r, (const char *)data, size, &out));
        if (!redactor_finds(r, (const char *)data, size))
            HOLDS(out.len == size && (!size || memcmp(out.ptr, data, size) == 0));
        if (!memchr(secret, '\x01', len))
            HOLDS(!str_find(out.ptr, out.len, secret, len));
    }
    buf_release(&out);
    redactor_free(r);
    return 0;
}
