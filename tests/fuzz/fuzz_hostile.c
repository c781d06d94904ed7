/* A hostile recording: whatever a file that is well formed holds, `check` judges it and
 * `replay` serves it; its own requests are asked, twice and after a reset. */
#include "recording/recording.h"
#include "replay/replay.h"
#include "fuzz.h"
#include "harness/passive/passive.h"

enum { MAX_EXCHANGES = 40 };

static struct specs *specs;

static void forget(void) {
    specs_free(specs);
}

static void ask(struct replay *r, const struct http_request *q, int64_t now_ms) {
    struct replay_answer answer;

    replay_answer(r, q, now_ms, &answer);
    HOLDS(answer.response.status >= 100);
    http_response_release(&answer.response);
}

static void serve(const struct recording *recording) {
    struct replay_options o = {.seed = 1};
    struct replay *r = replay_new(recording, &o);

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < recording->count; i++)
            ask(r, &recording->items[i].request, 1800000000000 + (int64_t)i);
        if (round == 1)
            replay_reset(r);
    }
    replay_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct recording recording = {0};
    struct diags diags = {0};

    if (!specs) {
        specs = specs_load(ASSAY_SPECS_DIR, NULL, 0, &diags);
        HOLDS(specs);
        atexit(forget);
    }
    if (recording_parse(&recording, "fuzz", (const char *)data, size, &diags)) {
        if (recording.count <= MAX_EXCHANGES) {
            json_decref(passive_check(&recording, "fuzz", specs));
            serve(&recording);
        }
        recording_release(&recording);
    }
    diags_release(&diags);
    return 0;
}
