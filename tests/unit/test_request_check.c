/* What two servers would read differently. */
#include "check.h"
#include "proxy/request_check.h"

static void one_header_decides(void) {
    static const struct {
        const char *what, *name, *value;
        bool fine;
    } cases[] = {
        {"plain", "X-A", "b", true},
        {"a tab inside", "X-A", "a\tb", true},
        {"beyond ASCII", "X-A", "\xc3\xa9", true},
        {"an empty value", "X-A", "", true},
        {"an empty name", "", "b", false},
        {"a blank in the name", "X A", "b", false},
        {"a blank behind the name", "X-A ", "b", false},
        {"a bare CR", "X-A", "a\rb", false},
        {"a control", "X-A", "a\x01", false},
        {"DEL", "X-A", "a\x7f", false},
        {"a length", "Content-Length", "3", true},
        {"a length that is none", "Content-Length", "3, 3", false},
        {"a negative length", "Content-Length", "-3", false},
        {"a folded length", "Content-Length3", "", false},
        {"chunked", "Transfer-Encoding", "chunked", true},
        {"chunked in capitals", "transfer-encoding", "CHUNKED", true},
        {"another coding", "Transfer-Encoding", "gzip, chunked", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_request q = {0};

        http_request_set(&q, "POST", "/v1/apps/secrets");
        http_headers_add(&q.headers, cases[i].name, cases[i].value);
        if ((request_check(&q) == NULL) != cases[i].fine)
            CHECK_STR(cases[i].what, request_check(&q),
                      cases[i].fine ? NULL : "a refusal");
        else
            CHECK(true);
        http_request_release(&q);
    }
}

static void check_pair(const char *a, const char *a_value, const char *b,
                       const char *b_value, bool fine) {
    struct http_request q = {0};

    http_request_set(&q, "POST", "/");
    http_headers_add(&q.headers, a, a_value);
    http_headers_add(&q.headers, b, b_value);
    CHECK((request_check(&q) == NULL) == fine);
    http_request_release(&q);
}

static void two_headers_must_agree(void) {
    check_pair("Content-Length", "3", "content-length", "3", true);
    check_pair("Content-Length", "3", "Content-Length", "4", false);
    check_pair("Content-Length", "3", "Transfer-Encoding", "chunked", false);
    check_pair("Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked", false);
    check_pair("Host", "a", "Host", "a", false);
    check_pair("X-A", "a", "X-A", "b", true);
}

static void method_and_target_have_no_controls(void) {
    static const struct {
        const char *method, *target;
        bool fine;
    } cases[] = {{"GET", "/a?b=%00", true}, {"G T", "/", false},
                 {"", "/", false},          {"GET", "/a b", false},
                 {"GET", "/a\x01", false},  {"M-SEARCH", "*", true},
                 {"GET", "/\xc3\xa9", true}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_request q = {0};

        http_request_set(&q, cases[i].method, cases[i].target);
        CHECK((request_check(&q) == NULL) == cases[i].fine);
        http_request_release(&q);
    }
}

int main(void) {
    one_header_decides();
    two_headers_must_agree();
    method_and_target_have_no_controls();
    return check_result();
}
