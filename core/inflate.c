/* A compressed body comes in. The plain bytes go out, up to a ceiling. */
#include "core/inflate.h"
#include "core/mem.h"

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
        mem_exhausted(); /* there is no other reason */
    do {
        z.next_out = chunk;
        z.avail_out = sizeof(chunk);
        code = inflate(&z, Z_NO_FLUSH);
        if ((code != Z_OK && code != Z_STREAM_END) ||
            !buf_add(out, chunk, sizeof(chunk) - z.avail_out))
            break;
    } while (code != Z_STREAM_END && (z.avail_in || !z.avail_out));
    inflateEnd(&z);
    if (code == Z_MEM_ERROR)
        mem_exhausted();
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

size_t inflate_room(size_t len, size_t max) {
    enum { TIMES = 64, MORE = 1 << 20 };

    return len > max / TIMES || TIMES * len + MORE > max ? max : TIMES * len + MORE;
}

bool inflate_is_compressed(const char *bytes, size_t len) {
    return len > 8 && (memcmp(bytes, "\x1f\x8b\x08", 3) == 0 ||
                       (bytes[0] == 0x78 && memchr("\x01\x5e\x9c\xda", bytes[1], 4)));
}

bool deflate_gzip(const char *bytes, size_t len, struct buf *out) {
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (uInt)len};
    unsigned char chunk[16384];
    int code;

    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        mem_exhausted();
    do {
        z.next_out = chunk;
        z.avail_out = sizeof(chunk);
        code = deflate(&z, Z_FINISH);
        buf_add(out, chunk, sizeof(chunk) - z.avail_out);
    } while (code == Z_OK);
    deflateEnd(&z);
    return code == Z_STREAM_END && !out->failed;
}
