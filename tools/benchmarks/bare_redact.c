/* An answer of the API of some megabytes, and hostile texts of that size, come in. How
 * long redaction takes for each goes out, beside memchr() over the same text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "recording/redact/redactor.h"

enum { BYTES = 4 << 20, ROUNDS = 5, SECRETS = 1000, LONG_SECRET = 20000 };

static double now_ms(void) {
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fill(struct buf *b, const char *unit) {
    while (b->len + strlen(unit) <= BYTES)
        buf_adds(b, unit);
}

static void add_payload(struct redactor *r, const char *payload) {
    struct http_request q = {0};
    struct buf form = BUF_INIT(BUF_UNLIMITED);

    buf_addf(&form, "name=a&payload=%s", payload);
    http_request_set(&q, "POST", "/v1/apps/secrets");
    http_request_body(&q, form.ptr, form.len);
    redactor_request(r, &q);
    http_request_release(&q);
    buf_release(&form);
}

static struct redactor *with_secrets(void) {
    struct redactor *r = redactor_new();
    char text[64], *same = malloc(LONG_SECRET + 1);

    for (int i = 0; i < SECRETS; i++) {
        snprintf(text, sizeof(text), "pay-load-%d-of-these", i * 7919);
        add_payload(r, text);
    }
    memset(same, 'a', LONG_SECRET);
    same[LONG_SECRET] = '\0';
    same[LONG_SECRET - 1] = 'b';
    add_payload(r, same);
    free(same);
    return r;
}

/* So that no compiler leaves it out. */
static const void *(*volatile search)(const void *, int,
                                      size_t) = (const void *(*)(const void *, int,
                                                                 size_t))memchr;

static void measure(const char *name, const char *unit) {
    struct redactor *r = with_secrets();
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    double best = 1e9, scan = 1e9, began;

    fill(&text, unit);
    for (int i = 0; i < ROUNDS; i++) {
        char *out;
        size_t len;

        began = now_ms();
        out = redactor_body(r, "application/json", text.ptr, text.len, &len);
        best = now_ms() - began < best ? now_ms() - began : best;
        free(out);
        began = now_ms();
        if (search(text.ptr, 1, text.len))
            abort();
        scan = now_ms() - began < scan ? now_ms() - began : scan;
    }
    printf("%-28s %7.1f ms  %6.0f x memchr\n", name, best, best / scan);
    fflush(stdout);
    buf_release(&text);
    redactor_free(r);
}

int main(int argc, char **argv) {
    if (argc == 3) { /* one text alone, for a profiler */
        measure(argv[1], argv[2]);
        return 0;
    }
    measure("an answer of the API",
            "{\"id\":\"appsecret_5110QzMIZ0005GiEH1m0419O8KAxCG\",\"object\":\"apps."
            "secret\","
            "\"created\":1680209063,\"expires_at\":null,\"livemode\":false,\"name\":"
            "\"test-secret\",\"scope\":{\"type\":\"account\"}},");
    measure("English", "The quick brown fox jumps over the lazy dog, and rests. ");
    measure("one letter", "a");
    measure("base64", "YWFhYWFh");
    measure("hex", "6161");
    measure("percent-encoded", "%61");
    measure("percent, encoded often", "%25252561");
    measure("backslashes", "\\");
    measure("numbers", "97,");
    measure("beginnings of secrets", "pay-load-0-of-thes ");
    measure("escaped quotes", "\\\\\\\"payload\\\\\\\":");
    return 0;
}
