/*
 * The model: a request as `METHOD TARGET`, header lines, an empty line, the body.
 * Whatever it is, the answer is JSON and no 5xx (clauses ERR-5, PROTO-3).
 */
#include <jansson.h>

#include "api/model/model.h"
#include "core/mem.h"
#include "fuzz.h"

static void read_request(struct http_request *r, const uint8_t *data, size_t size) {
    size_t len;
    const char *line = fuzz_part(&data, &size, '\n', &len);
    char *text = mem_strndup(line, len), *space = strchr(text, ' ');

    if (space)
        *space = '\0';
    http_request_set(r, text, space ? space + 1 : "/");
    free(text);
    for (;;) {
        char *colon;

        line = fuzz_part(&data, &size, '\n', &len);
        if (len == 0)
            break;
        text = mem_strndup(line, len);
        colon = strchr(text, ':');
        if (colon) {
            *colon = '\0';
            http_headers_add(&r->headers, text, colon + 1 + strspn(colon + 1, " "));
        }
        free(text);
    }
    if (size)
        http_request_body(r, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct model_key key = {"sk_test_1", "acct_1", NULL, false};
    struct model_rules rules = {0};
    struct model *m = model_new(&rules, 1);
    struct http_request request = {0};

    model_add_key(m, &key);
    read_request(&request, data, size);
    for (int i = 0; i < 2; i++) { /* the second meets what the first has stored */
        struct http_response answer = {0};
        json_t *body;

        model_answer(m, &request, 1700000000000 + i * 1000, &answer);
        HOLDS(answer.status >= 200 && answer.status < 500);
        if (answer.body_len) {
            body = json_loadb(answer.body, answer.body_len, 0, NULL);
            HOLDS(json_is_object(body));
            json_decref(body);
        }
        http_response_release(&answer);
    }
    http_request_release(&request);
    model_free(m);
    return 0;
}
