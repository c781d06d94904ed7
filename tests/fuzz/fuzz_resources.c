/* Replay of other resources: each line is METHOD PATH, a form, a status and an answer, parted by
 * tabs. Asked again in the same order, each has the answer that was recorded; then once more,
 * in any way that it likes. */
#include <stdio.h>

#include "fuzz.h"
#include "recording/history/resource_request.h"
#include "recording/recording.h"
#include "replay/replay.h"

enum { MOST = 40, NOW_S = 1767225600 };

static void add(struct recording *r, const char *line, size_t len) {
    const uint8_t *at = (const uint8_t *)line;
    size_t method_len, target_len, form_len, status_len, number = r->count + 1;
    const char *method = fuzz_part(&at, &len, ' ', &method_len),
               *target = fuzz_part(&at, &len, '\t', &target_len),
               *form = fuzz_part(&at, &len, '\t', &form_len),
               *status = fuzz_part(&at, &len, '\t', &status_len);
    char m[8], t[200];
    struct recorded *x;

    if (!method_len || method_len >= sizeof(m) || target_len >= sizeof(t) ||
        !target_len || *target != '/')
        return;
    snprintf(m, sizeof(m), "%.*s", (int)method_len, method);
    snprintf(t, sizeof(t), "%.*s", (int)target_len, target);
    x = recording_add(r);
    x->number = number;
    x->began_us = x->ended_us = (int64_t)number * 10;
    http_request_set(&x->request, m, t);
    http_headers_add(&x->request.headers, "Authorization", "Basic key:1 (test)");
    http_request_body(&x->request, form, form_len);
    x->response.status = status_len ? 200 + ((unsigned char)status[0] % 3) * 102 : 200;
    http_headers_add(&x->response.headers, "Content-Type", "application/json");
    http_response_body(&x->response, (const char *)at, len);
}

static bool is_other(const struct recorded *x) {
    struct request_key key;
    bool other;

    request_key_read(&key, &x->request, NULL, NULL);
    other = resource_request_is(&x->request, &key);
    request_key_release(&key);
    return other;
}

static void ask(struct replay *r, const struct recorded *x, bool first, bool exactly) {
    struct http_request q = {0};
    struct replay_answer answer;

    http_request_set(&q, x->request.method, x->request.target);
    http_headers_add(&q.headers, "Authorization",
                     "Basic c2tfdGVzdF9vZl90aGVfZnV6emVyOg==");
    http_request_body(&q, x->request.body ? x->request.body : "", x->request.body_len);
    replay_answer(r, &q, (int64_t)NOW_S * 1000, &answer);
    HOLDS(answer.response.status >= 100);
    if (first && exactly)
        HOLDS(answer.exchange == x->number);
    http_response_release(&answer.response);
    http_request_release(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct recording recording = {.started_ms = (int64_t)NOW_S * 1000};
    struct replay_options o = {.seed = 1, .strict = true};
    struct replay *r;
    bool exactly = true, found = false;

    while (size && recording.count < MOST) {
        size_t len;
        const char *line = fuzz_part(&data, &size, '\n', &len);

        add(&recording, line, len);
    }
    for (size_t i = 0; i < recording.count; i++) {
        exactly = exactly && is_other(&recording.items[i]);
        found = found || recording.items[i].response.status == 200;
    }
    r = replay_new(&recording, &o);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < recording.count; i++)
            ask(r, &recording.items[i], pass == 0, exactly && found);
    replay_free(r);
    recording_release(&recording);
    return 0;
}
