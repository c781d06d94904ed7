#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "core/file.h"
#include "core/mem.h"
#include "recording/journal.h"
#include "recording/journal_record.h"
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

static void odd_exchange(struct recorded *x, uint64_t number) {
    static const char bytes[] = "\xff\0\x80{{x}}";

    *x = (struct recorded){.number = number, .began_us = 12345678 + (int64_t)number};
    http_request_set(&x->request, "POST", "/v1?a=\"b\\c\x01\x1f\xc3\xa9");
    http_headers_add(&x->request.headers, "X-\xff", "");
    http_request_body(&x->request, bytes, sizeof(bytes));
    x->ended_us = x->began_us + 4000000000;
    x->outcome = number % 2 ? OUTCOME_ANSWERED : OUTCOME_RESET;
    x->failure = number % 2 ? NULL : mem_strdup("it \"broke\"");
    if (number % 2 == 0)
        return;
    x->response.status = 200;
    x->response.reason = mem_strdup("OK");
    x->encoding = mem_strdup("gzip");
    x->chunked = true;
    http_headers_add(&x->trailers, "A", "b");
    http_response_body(&x->response, "{\n\t\"a\": 1}", 11);
}

/* Each record with a blank in it, that JSON does not mind. */
static void with_blanks(const char *text, size_t len, struct buf *out) {
    for (size_t i = 0; i < len;) {
        size_t n = strtoul(text + i + 9, NULL, 10), at = i + JOURNAL_HEAD_BYTES;
        char *record = mem_printf("{ %.*s", (int)n - 1, text + at + 1);

        buf_addf(out, "%08lx %010zu %s\n",
                 crc32(0, (const unsigned char *)record, (unsigned)n + 1), n + 1,
                 record);
        free(record);
        i = at + n + 1;
    }
}

static void read_journal(const char *path, struct buf *out) {
    struct journal_report report;
    struct journal_head head;
    struct recording r = {0};
    struct err err = {0};

    CHECK(journal_read(path, &head, &r, &report, false, &err));
    CHECK(r.count == 4 && report.outcomes == 3 && report.cut_bytes == 0);
    CHECK(recording_write(&r, out));
    journal_head_release(&head);
    recording_release(&r);
}

/* Of the two ways to read a record the quick one, for what we write ourselves, and that
 * by jansson give the same. */
static void a_journal_is_read_alike_in_both_ways(void) {
    static const struct journal_head head = {.session = "abc", .started_ms = 1};
    char path[] = "/tmp/assay-unit-journal-XXXXXX";
    struct buf first = BUF_INIT(BUF_UNLIMITED), second = BUF_INIT(BUF_UNLIMITED),
               spaced = BUF_INIT(BUF_UNLIMITED);
    int fd = mkstemp(path);
    struct journal *j = journal_create(path, &head, DURABILITY_NONE, NULL);
    size_t len = 0;
    char *text;

    CHECK(fd >= 0 && j);
    for (uint64_t i = 1; j && i <= 4; i++) {
        struct recorded x;

        odd_exchange(&x, i);
        journal_intent(j, &x);
        if (i < 4)
            journal_outcome(j, &x);
        recorded_release(&x);
    }
    CHECK(j && journal_commit(j, NULL));
    journal_close(j, false);
    read_journal(path, &first);
    text = file_slurp(path, 1 << 20, &len, NULL);
    CHECK(text != NULL);
    if (text)
        with_blanks(text, len, &spaced);
    CHECK(file_replace(path, spaced.ptr, spaced.len, NULL));
    read_journal(path, &second);
    CHECK_STR("recording", first.ptr, second.ptr);
    CHECK(strstr(first.ptr, "outcome: reset") != NULL);
    buf_release(&first);
    buf_release(&second);
    buf_release(&spaced);
    free(text);
    unlink(path);
    close(fd);
}

int main(void) {
    a_journal_is_read_alike_in_both_ways();
    long_ones_are_read_in_order();
    errors_of_long_ones_have_their_line();
    odd_lines_are_read_again();
    return check_result();
}
