/* Replay: any request to a small recording gets an answer, and again after a reset. */
#include "fuzz.h"
#include "recording/recording.h"
#include "replay/replay.h"

static const char session[] =
    "assay: recording\nversion: 1\nvolatile:\n  started: "
    "\"2026-01-01T00:00:00.000000Z\"\n"
    "---\nexchange: 1\nrequest:\n  method: POST\n  target: /v1/apps/secrets\n  "
    "headers:\n"
    "    - Authorization: Basic key:1 (test)\n"
    "  body: name=a&payload=payload:1&scope[type]=account\n"
    "response:\n  status: 200\n  headers:\n    - Content-Type: application/json\n"
    "  body: '{\"id\": \"appsecret_1aB\", \"object\": \"apps.secret\", \"created\": "
    "1767225600, \"name\": \"a\", \"scope\": {\"type\": \"account\"}}'\n"
    "volatile:\n  at: \"2026-01-01T00:00:00.000000Z\"\n"
    "---\nexchange: 2\nrequest:\n  method: GET\n"
    "  target: /v1/apps/secrets/find?name=a&scope[type]=account&expand[]=payload\n"
    "  headers:\n    - Authorization: Basic key:1 (test)\n"
    "response:\n  status: 200\n  headers:\n    - Request-Id: req_1234567890\n"
    "  body: '{\"id\": \"appsecret_1aB\", \"payload\": \"payload:1\", \"name\": "
    "\"a\"}'\n"
    "volatile:\n  at: \"2026-01-01T00:00:01.000000Z\"\n";

/* Lines: method, target, authorization; the body is the rest. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct recording recording;
    struct replay_options o = {.seed = 1};
    struct replay_answer answer;
    struct http_request q = {0};
    size_t method_len, target_len, value_len;
    const char *method = fuzz_part(&data, &size, '\n', &method_len),
               *target = fuzz_part(&data, &size, '\n', &target_len),
               *value = fuzz_part(&data, &size, '\n', &value_len);
    char *m = strndup(method, method_len), *t = strndup(target, target_len),
         *v = strndup(value, value_len);
    struct replay *r;

    if (!recording.count)
        HOLDS(recording_parse(&recording, "fuzz", session, sizeof(session) - 1, NULL));
    r = replay_new(&recording, &o);
    http_request_set(&q, m, t);
    if (*v)
        http_headers_add(&q.headers, "Authorization", v);
    http_request_body(&q, data, size);
    for (int i = 0; i < 3; i++) {
        replay_answer(r, &q, 1800000000000 + i, &answer);
        HOLDS(answer.response.status >= 100);
        http_response_release(&answer.response);
        if (i == 1)
            replay_reset(r);
    }
    replay_free(r);
    http_request_release(&q);
    free(m);
    free(t);
    free(v);
    return 0;
}
