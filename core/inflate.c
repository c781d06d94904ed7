/* A compressed body comes in. The plain bytes go out, up to a ceiling. */
#include "core/inflate.h"

#include <string.h>
#include <zlib.h>

#include "core/str.h"

/* `window`: 15 + 32 finds gzip and zlib by their heads, -15 is bare deflate, which some
 * servers send as "deflate". */
static bool inflate_as(int window, const char *bytes, size_t len, struct buf *out) {
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (uInt)len};
    unsigned char chunk[16384];
    int code;

    if (inflateInit2(&z, window) != Z_OK)
        return false;
    do {
        z.next_out = chunk;
        z.avail_out = sizeof(chunk);
        code = inflate(&z, Z_NO_FLUSH);
        if ((code != Z_OK && code != Z_STREAM_END) ||
            !buf_add(out, chunk, sizeof(chunk) - z.avail_out))
            break;
    } while (code != Z_STREAM_END && (z.avail_in || !z.avail_out));
    inflateEnd(&z);
    return code == Z_STREAM_END && !out->failed;
}

bool inflate_body(const char *encoding, const char *bytes, size_t len,
                  struct buf *out) {
    bool deflate = str_equal_nocase(encoding, "deflate");

    if (!deflate && !str_equal_nocase(encoding, "gzip") &&
        !str_equal_nocase(encoding, "x-gzip"))
        return false;
    if (inflate_as(15 + 32, bytes, len, out))
        return true;
    if (out->failed) /* over its limit, which stays to be seen */
        return false;
    buf_cut(out, 0);
    return deflate && inflate_as(-15, bytes, len, out);
}
