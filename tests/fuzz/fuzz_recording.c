/* Recordings: whatever traffic held comes back from the file byte for byte; whatever a
 * file holds is read or refused with a reason. */
#include <stdio.h>

#include "fuzz.h"
#include "recording/recording.h"

static void same_text(const char *a, const char *b) {
    HOLDS((!a && !b) || (a && b && strcmp(a, b) == 0));
}

static void same_headers(const struct http_headers *a, const struct http_headers *b) {
    HOLDS(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        same_text(a->items[i].name, b->items[i].name);
        same_text(a->items[i].value, b->items[i].value);
    }
}

static void comes_back(const struct recording *r) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct recording again = {0};
    struct diags diags = {0};

    HOLDS(recording_write(r, &text));
    if (!recording_parse(&again, "fuzz", text.ptr, text.len, &diags)) {
        fprintf(stderr, "%s\n%s\n", diags.items[0].text, text.ptr);
        abort();
    }
    HOLDS(again.count == r->count);
    for (size_t i = 0; i < r->count; i++) {
        const struct recorded *x = &r->items[i], *y = &again.items[i];

        same_text(x->request.target, y->request.target);
        same_headers(&x->request.headers, &y->request.headers);
        same_headers(&x->response.headers, &y->response.headers);
        HOLDS(x->response.body_len == y->response.body_len);
        HOLDS(memcmp(x->response.body, y->response.body, x->response.body_len) == 0);
        HOLDS(x->request.body_len == y->request.body_len);
        HOLDS(!x->request.body_len ||
              memcmp(x->request.body, y->request.body, x->request.body_len) == 0);
    }
    recording_release(&again);
    diags_release(&diags);
    buf_release(&text);
}

/* target, header, request body, answer: a line each, the answer is the rest. */
static void record(const uint8_t *data, size_t size) {
    struct recording r = {0};
    struct recorded *x = recording_add(&r);
    size_t target_len, header_len, body_len;
    const char *target = fuzz_part(&data, &size, '\n', &target_len),
               *header = fuzz_part(&data, &size, '\n', &header_len),
               *body = fuzz_part(&data, &size, '\n', &body_len);
    char *path = strndup(target, target_len), *value = strndup(header, header_len);

    http_request_set(&x->request, "POST", path);
    http_headers_add(&x->request.headers, "X-Fuzz", value);
    http_headers_add(&x->request.headers, "Date", value);
    if (body_len)
        http_request_body(&x->request, body, body_len);
    x->response.status = 200;
    http_headers_add(&x->response.headers, "Request-Id", value);
    http_response_body(&x->response, data, size);
    comes_back(&r);
    recording_release(&r);
    free(path);
    free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct recording r = {0};
    struct diags diags = {0};

    if (recording_parse(&r, "fuzz", (const char *)data, size, &diags)) {
        HOLDS(diags.count == 0);
        recording_release(&r);
    } else {
        HOLDS(diags.count > 0);
    }
    diags_release(&diags);
    record(data, size);
    return 0;
}
