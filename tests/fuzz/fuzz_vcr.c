/* Cassettes: what is taken makes a recording whose exchanges are whole. */
#include "fuzz.h"
#include "recording/vcr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct recording r = {0};
    struct archive a = {.recording = &r};
    struct err err = {0};
    json_t *cassette = vcr_load("fuzz", (const char *)data, size, &err);

    if (cassette && vcr_to(cassette, &a, &err)) {
        HOLDS(a.report.taken == r.count);
        HOLDS(r.upstream);
        for (size_t i = 0; i < r.count; i++)
            HOLDS(r.items[i].request.target[0] == '/' &&
                  r.items[i].ended_us >= r.items[i].began_us);
    } else {
        HOLDS(err.text[0]);
    }
    json_decref(cassette);
    archive_release(&a);
    recording_release(&r);
    return 0;
}
