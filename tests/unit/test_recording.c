#include "check.h"

#include "core/mem.h"
#include "recording/recording.h"

/* Whatever an upstream sends is written so that it is read again. */
static void odd_lines_are_read_again(void) {
    static const struct {
        const char *reason, *name, *value;
        int status;
    } cases[] = {
        {"{{x}}", "X-A", "{{y}}", 200},       {"No {{ brace", "{{id.1}}", "{", 404},
        {"Odd  one ", "\xff-name", "v", 299}, {"\xe9", "base64", "AAAA", 600},
        {NULL, "name", "value", 999},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recording r = {0}, again = {0};
        struct diags diags = {0};
        struct recorded *x = recording_add(&r);
        struct buf text = BUF_INIT(BUF_UNLIMITED);
        const struct http_response *got;

        http_request_set(&x->request, "GET", "/{{x}}");
        x->response.status = cases[i].status;
        x->response.reason = mem_strdup(cases[i].reason);
        http_headers_add(&x->response.headers, cases[i].name, cases[i].value);
        CHECK(recording_write(&r, &text));
        CHECK(recording_parse(&again, "test", text.ptr, text.len, &diags));
        if (again.count == 1) {
            got = &again.items[0].response;
            CHECK(got->status == cases[i].status);
            CHECK_STR("reason", got->reason, cases[i].reason);
            CHECK_STR("name", got->headers.items[0].name, cases[i].name);
            CHECK_STR("value", got->headers.items[0].value, cases[i].value);
            CHECK_STR("target", again.items[0].request.target, "/{{x}}");
        }
        diags_release(&diags);
        buf_release(&text);
        recording_release(&again);
        recording_release(&r);
    }
}

enum { MANY = 6000 };

/* So long that it is read in parts, where there is more than one core. */
static void write_many(struct buf *text) {
    struct recording r = {.started_ms = 1790000000000};

    for (int i = 0; i < MANY; i++) {
        struct recorded *x = recording_add(&r);

        x->began_us = i * 1000;
        x->ended_us = i * 1000 + 7;
        http_request_set(&x->request, "GET", i % 2 ? "/v1/odd" : "/v1/even");
        x->response.status = 200;
        http_response_body(&x->response, "{\n---\n}\n", 8);
    }
    CHECK(recording_write(&r, text));
    recording_release(&r);
}

static void long_ones_are_read_in_order(void) {
    struct recording r = {0};
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct diags diags = {0};
    size_t wrong = 0;

    write_many(&text);
    CHECK(text.len > 1000000);
    CHECK(recording_parse(&r, "test", text.ptr, text.len, &diags));
    CHECK(r.count == MANY && r.started_ms == 1790000000000);
    for (size_t i = 0; i < r.count; i++) {
        const struct recorded *x = &r.items[i];

        wrong += x->number != i + 1 || x->began_us != (int64_t)i * 1000 ||
                 x->ended_us != (int64_t)i * 1000 + 7 ||
                 strcmp(x->request.target, i % 2 ? "/v1/odd" : "/v1/even") != 0 ||
                 x->response.body_len != 8 || (i && x->line <= r.items[i - 1].line);
    }
    CHECK(wrong == 0);
    recording_release(&r);
    diags_release(&diags);
    buf_release(&text);
}

static int line_at(const struct buf *text, size_t at) {
    int line = 1;

    for (size_t i = 0; i < at; i++)
        line += text->ptr[i] == '\n';
    return line;
}

/* The last of these in the text becomes `other`, of the same length. */
static size_t spoil(struct buf *text, const char *what, const char *other) {
    size_t n = strlen(what), at = text->len - n;

    while (at && memcmp(text->ptr + at, what, n) != 0)
        at--;
    memcpy(text->ptr + at, other, n);
    return at;
}

static void errors_of_long_ones_have_their_line(void) {
    static const struct {
        const char *what, *other, *told;
    } cases[] = {
        {"\n  method: GET", "\n  method: [GE", "flow"},
        {"\n  status: 200", "\n  statvs: 200", "statvs"},
        {"exchange: 6000", "exchange: 2000", "stands here twice"},
        {"exchange: 2001", "exchange: 4444", "stands here twice"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct recording r = {0};
        struct buf text = BUF_INIT(BUF_UNLIMITED);
        struct diags diags = {0};
        size_t at;

        write_many(&text);
        at = spoil(&text, cases[i].what, cases[i].other);
        CHECK(!recording_parse(&r, "test", text.ptr, text.len, &diags));
        CHECK(r.count == 0 && diags.count > 0);
        if (diags.count && i != 3) /* the other one is told there */
            CHECK(diags.items[0].line >= line_at(&text, at) &&
                  diags.items[0].line <= line_at(&text, at) + 2);
        if (diags.count)
            CHECK_STR("told",
                      strstr(diags.items[0].text, cases[i].told) ? cases[i].told
                                                                 : diags.items[0].text,
                      cases[i].told);
        diags_release(&diags);
        buf_release(&text);
    }
}

int main(void) {
    long_ones_are_read_in_order();
    errors_of_long_ones_have_their_line();
    odd_lines_are_read_again();
    return check_result();
}
