#include "check.h"

#include "core/mem.h"
#include "core/recording/recording.h"

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

int main(void) {
    odd_lines_are_read_again();
    return check_result();
}
