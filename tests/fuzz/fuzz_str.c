/* Text: what is shown is UTF-8 on one line without controls; base64 goes both ways. */
#include "core/mem.h"
#include "core/str.h"
#include "fuzz.h"

static void shown_is_harmless(const char *text, size_t len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    HOLDS(str_add_visible(&out, text, len, 1000));
    HOLDS(str_utf8_valid(out.ptr, out.len));
    for (size_t i = 0; i < out.len; i++)
        HOLDS((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f);
    buf_release(&out);
}

static void base64_goes_both_ways(const char *text, size_t len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED), back = BUF_INIT(BUF_UNLIMITED);

    HOLDS(str_add_base64(&out, text, len));
    HOLDS(str_from_base64(&back, out.ptr, out.len));
    HOLDS(back.len == len && (!len || memcmp(back.ptr, text, len) == 0));
    buf_cut(&back, 0);
    str_from_base64(&back, text, len);
    buf_release(&out);
    buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const words[] = {"status", "expect", "payload"};
    const char *text = (const char *)data;
    char *copy = mem_strndup(text, size), digest[65];
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    int64_t n;

    shown_is_harmless(text, size);
    base64_goes_both_ways(text, size);
    HOLDS(str_utf8_count(text, size) <= size);
    HOLDS(str_add_percent(&out, text, size) && out.len >= size);
    HOLDS(str_add_shell(&out, text, size));
    HOLDS(str_glob("*", copy) && str_glob(copy, copy));
    str_glob(copy, "list.limit/zero/refused");
    str_nearest(copy, words, ARRAY_LEN(words));
    str_to_int(text, size, &n);
    str_to_duration(copy, &n);
    str_sha256(text, size, digest);
    HOLDS(strlen(digest) == 64);
    buf_release(&out);
    free(copy);
    return 0;
}
