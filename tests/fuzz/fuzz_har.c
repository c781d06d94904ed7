/* HAR: an archive that is taken makes a recording that makes an archive. */
#include "core/jsonx.h"
#include "fuzz.h"
#include "recording/har.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json_t *archive = jsonx_load((const char *)data, size, 32, NULL), *back;
    struct recording r = {0};
    struct archive a = {.recording = &r};
    struct err err = {0};

    if (archive && har_to(archive, &a, &err)) {
        struct har_writing w = {.recording = &r};
        struct buf text = BUF_INIT(BUF_UNLIMITED);

        while (har_write(&w, &text))
            ;
        back = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
        HOLDS(har_is(back));
        buf_release(&text);
        HOLDS(a.report.taken == r.count);
        json_decref(back);
    } else if (archive) {
        HOLDS(err.text[0]);
    }
    archive_release(&a);
    recording_release(&r);
    json_decref(archive);
    return 0;
}
