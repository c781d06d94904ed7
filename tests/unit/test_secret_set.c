#include "check.h"

#include <time.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/secret_set.h"

static char *replaced(const struct secret_set *s, const char *text, size_t len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct secret_hits hits;
    size_t at = 0;

    secret_set_find(s, text, len, &hits);
    for (size_t i = 0; i < hits.count; i++) {
        const struct secret_hit *h = &hits.items[i];

        buf_add(&out, text + at, h->at - at);
        buf_adds(&out, h->token ? h->token : "[P]");
        at = h->at + h->len;
    }
    buf_add(&out, text + at, len - at);
    secret_hits_release(&hits);
    return buf_take(&out, NULL);
}

static void check_replaced(const struct secret_set *s, const char *text,
                           const char *want) {
    char *got = replaced(s, text, strlen(text));

    CHECK_STR(text, got, want);
    free(got);
}

static void every_form_is_found(void) {
    static const char secret[] = "s3cr3t /\"k\xc3\xa9y\"\n+%";
    static const char *const forms[] = {
        "s3cr3t /\"k\xc3\xa9y\"\n+%",
        "s3cr3t+%2F%22k%C3%A9y%22%0A%2B%25",
        "s3cr3t%20%2f%22k%c3%a9y%22%0a%2b%25",
        "%73%33cr3t%20/%22k%c3%a9y%22%0A%2B%25",
        "s3cr3t /\\\"k\\u00e9y\\\"\\n+%",
        "s3cr3t \\/\\\"k\\u00E9y\\\"\\n+%",
        "s3cr3t /\\\\\\\"k\xc3\xa9y\\\\\\\"\\\\n+%",
        "czNjcjN0IC8ia8OpeSIKKyU=",
        "s3cr3t /&quot;k\xc3\xa9y&quot;\n+%",
        "s3cr3t &#x2F;&#34;k&#xE9;y&#034;\n&#43;%",
        "s3cr3t /&amp;quot;k&amp;#233;y&amp;quot;\n+%",
        "733363723374202f226bc3a979220a2b25",
        "733363723374202F226BC3A979220A2B25",
        "73:33:63:72:33:74:20:2f:22:6b:c3:a9:79:22:0a:2b:25",
        "115,51,99,114,51,116,32,47,34,107,195,169,121,34,10,43,37",
        "115, 51, 99, 114, 51, 116, 32, 47, 34, 107, -61, -87, 121, 34, 10, 43, 37",
        "s3cr3t /\"k\\xc3\\xa9y\"\\n+%",
        "s3cr3t /\"k\\303\\251y\"\\n+%",
        "s3cr3t /\"k\\u{e9}y\"\\n+%",
        "s3cr3t /\\\\\\\"k\\\\u00e9y\\\\\\\"\\\\n+%",
        "S3CR3T /\"K\xc3\xa9Y\"\n+%",
        "s3cr3t /\"k\xc3\x83\xc2\xa9y\"\n+%",
        "s3cr3t /\"ke\xcc\x81y\"\n+%", /* NFD */
        "czNjcjN0IC8i\r\na8OpeSIKKyU=",
        "czNjcjN0IC8ia8OpeSIKKyU",
        "%7B%22a%22%3A%22s3cr3t%20%2F%5C%22k%C3%A9y%5C%22%5Cn%2B%25",
    };
    struct secret_set *s = secret_set_new();

    CHECK(secret_set_add(s, secret, sizeof(secret) - 1, "[T]"));
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        char text[200], *got;
        const char *hit;

        snprintf(text, sizeof(text), "a=<%s>&b", forms[i]);
        got = replaced(s, text, strlen(text));
        hit = strstr(got, "[T]>&b");
        CHECK_STR(forms[i], hit ? "found" : got, "found");
        free(got);
    }
    secret_set_free(s);
}

static void secrets_that_look_encoded_are_found(void) {
    static const struct {
        const char *secret, *form;
    } cases[] = {
        {"100%25s off", "100%25s off"},
        {"100%25s off", "100%2525s+off"},
        {"100%25s off", "100%252525s%2520off"},
        {"%2541BCD", "%2541BCD"},
        {"%2541BCD", "%252541BCD"},
        {"%2541BCD", "%25252541BCD"},
        {"\\\\srv\\share", "\\\\srv\\share"},
        {"\\\\srv\\share", "\\\\\\\\srv\\\\share"},
        {"\\\\srv\\new", "%5C%5Csrv%5Cnew"},
        {"a\\u005cb\\n", "a\\u005cb\\n"},
        {"a\\nb\nc", "a\\\\nb\\nc"},
        {"a\\nb\nc", "a\\\\\\\\nb\\\\nc"},
        {"x&lt;&y", "x&lt;&y"},
        {"x&lt;&y", "x&amp;lt;&amp;y"},
        {"x&lt;&y", "x&amp;amp;lt;&amp;amp;y"},
        {"caf\xc3\xa9-au-lait-9", "cafe\xcc\x81-au-lait-9"},
        {"cafe\xcc\x81-au-lait-9", "caf\xc3\xa9-au-lait-9"},
        {"cafe\xcc\x81-au-lait-9", "caf%C3%A9-au-lait-9"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct secret_set *s = secret_set_new();
        char text[200];

        secret_set_add(s, cases[i].secret, strlen(cases[i].secret), "[T]");
        snprintf(text, sizeof(text), "<%s>", cases[i].form);
        check_replaced(s, text, "<[T]>");
        secret_set_free(s);
    }
}

static void the_other_case_never_hides_one(void) {
    struct secret_set *s = secret_set_new();

    secret_set_add(s, "PASSWORD-one-AAAA1111", 21, "[1]");
    secret_set_add(s, "password-two-bbbb2222", 21, "[2]");
    secret_set_add(s, "PassWord-two-bbbb2222", 21, "[3]");
    secret_set_add(s, "Zq7mWx81vRtY", 12, "[L]");
    secret_set_add(s, "mY oWn", 6, "[S]");
    check_replaced(s, "bad PASSWORD-TWO-BBBB2222", "bad [2]");
    check_replaced(s, "bad PassWord-two-bbbb2222.", "bad [3].");
    check_replaced(s, "bad PASSWORD-TWO-", "bad [P]");
    check_replaced(s, "ZQ7MWX81VRTY zq7mwx81vrty my own mY oWn", "[L] [L] my own [S]");
    check_replaced(s, "WNE3BVD4ODF2UNRZ", "WNE3BVD4ODF2UNRZ");
    secret_set_free(s);
}

static void the_longest_secret_wins(void) {
    struct secret_set *s = secret_set_new();

    secret_set_add(s, "sk_test_1", 9, "[short]");
    secret_set_add(s, "sk_test_123", 11, "[middle]");
    secret_set_add(s, "sk_test_12345678", 16, "[long]");
    CHECK(!secret_set_add(s, "abc", 3, "[x]"));
    check_replaced(s, "sk_test_1234 sk_test_1 abc", "[middle]4 [short] abc");
    check_replaced(s, "sk_test_123456789", "[long]9");
    secret_set_free(s);
}

static void short_words_are_found_whole(void) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"scope[user]=blue&a=blues", "scope[user]=[B]&a=blues"},
        {"bluebird _blue_ darkblue", "bluebird _[B]_ darkblue"},
        {"a\\nblue a%20blue%20 a%2520blue \\u000ablue",
         "a\\n[B] a%20[B]%20 a%2520[B] \\u000a[B]"},
        {"\"created\": 1795507011, 1795", "\"created\": 1795507011, [N]"},
        {"one of green things, greens", "one of [G] things, greens"},
    };
    struct secret_set *s = secret_set_new();

    secret_set_add(s, "blue", 4, "[B]");
    secret_set_add(s, "1795", 4, "[N]");
    CHECK(!secret_set_add(s, "one ", 4, "[O]"));
    secret_set_add(s, "green ", 6, "[G]");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_replaced(s, cases[i].text, cases[i].want);
    secret_set_free(s);
}

/* Twelve characters of a secret in a row, wherever in it, are too many. */
static void parts_are_found(void) {
    static const char secret[] = "Tr0ub4dor&3-correct-horse/battery-staple";
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"<Tr0ub4dor&3-correct-horse/battery-stapl>", "<[P]>"},
        {"<r0ub4dor&3-correct-horse/battery-staple>", "<[P]>"},
        {"<correct-horse/b>", "<[P]>"},
        {"<correct-hors>", "<[P]>"},
        {"<correct-hor>", "<correct-hor>"},
        {"<CORRECT-HORSE> and <staple>", "<[P]> and <staple>"},
        {"xcorrect%2Dhorse%2Fbatterx", "x[P]x"},
        {"636f72726563742d686f7273652f626174746572", "[P]"},
        {"Tr0ub4dor&3-correct-horse/battery-staple-correct-horse-", "[T][P]-"},
        {"<-horse/battery-stapleTr0ub4dor&3-correct-horse/battery-staple>", "<[P][T]>"},
    };
    struct secret_set *s = secret_set_new();

    secret_set_add(s, secret, sizeof(secret) - 1, "[T]");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_replaced(s, cases[i].text, cases[i].want);
    secret_set_open(s, "my-correct-horse", 16);
    check_replaced(s, "my-correct-horse correct-horse/", "my-correct-horse co[P]");
    check_replaced(s, "Tr0ub4dor&3-correct-horse/battery-staple", "[T]");
    secret_set_free(s);
}

static void one_form_in_another_is_found(void) {
    static const char secret[] = "{\"db\":\"p\xc3\xa4ss w\\rd\",\"n\":1}";
    struct secret_set *s = secret_set_new();
    struct buf once = BUF_INIT(BUF_UNLIMITED), twice = BUF_INIT(BUF_UNLIMITED),
               json = BUF_INIT(BUF_UNLIMITED);

    secret_set_add(s, secret, sizeof(secret) - 1, "[T]");
    str_add_percent(&once, secret, sizeof(secret) - 1);
    str_add_base64(&twice, once.ptr, once.len);
    check_replaced(s, twice.ptr, "[T]");
    buf_adds(&json, "{\\\"db\\\":\\\"p\\u00e4ss w\\\\\\\\rd\\\",\\\"n\\\":1}");
    check_replaced(s, json.ptr, "[T]");
    buf_cut(&twice, 0);
    str_add_base64(&twice, json.ptr, json.len);
    buf_cut(&once, 0);
    str_add_base64(&once, twice.ptr, twice.len);
    check_replaced(s, once.ptr, "[T]");
    buf_release(&once);
    buf_release(&twice);
    buf_release(&json);
    secret_set_free(s);
}

/* A day's worth of payloads that begin alike must not make each one slower. */
static void many_alike_are_found(void) {
    struct secret_set *s = secret_set_new();
    char text[64], token[32];

    for (int i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "pay-load-of-the-%d-th", i);
        snprintf(token, sizeof(token), "[%d]", i);
        secret_set_add(s, text, strlen(text), token);
    }
    for (int i = 0; i < 50000; i += 7) {
        snprintf(text, sizeof(text), "a=pay-load-of-the-%d-th&", i);
        snprintf(token, sizeof(token), "a=[%d]&", i);
        check_replaced(s, text, token);
    }
    secret_set_free(s);
}

static void neighbours_do_not_hide_each_other(void) {
    static const char printable[] =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~";
    static const char *const others[] = {"+!x-one",   "%21-two",  " +-three",
                                         "&amp;four", "\\n-five", " !\"#$%25-six"};
    static const char *const forms[] = {
        "+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%"
        "40ABCXYZ%"
        "5B%5C%5D%5E_%60abcxyz%7B%7C%7D~",
        "%20!%22%23$%25%26'()*%2B,-./"
        "0123456789:;%3C=%3E?@ABCXYZ[%5c]%5e_%60abcxyz%7b%7c%"
        "7d~",
        " !\\\"#$%&'()*+,-.\\/0123456789:;<=>?@ABCXYZ[\\\\]^_`abcxyz{|}~",
        " !&quot;#$%&amp;&#39;()*+,-./0123456789:;&lt;=&gt;?@ABCXYZ[\\]^_`abcxyz{|}~",
    };
    struct secret_set *s = secret_set_new();

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        secret_set_add(s, others[i], strlen(others[i]), "[O]");
    secret_set_add(s, printable, sizeof(printable) - 1, "[T]");
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        check_replaced(s, forms[i], "[T]");
    secret_set_free(s);
}

/* Seconds of processor time for a search of `text`. */
static double searched(const struct secret_set *s, const struct buf *text) {
    clock_t began = clock();
    struct secret_hits hits;

    secret_set_find(s, text->ptr, text->len, &hits);
    secret_hits_release(&hits);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

static void add_often(struct buf *b, const char *text, size_t times) {
    for (size_t i = 0; i < times; i++)
        buf_adds(b, text);
}

/* The text that takes longest is no more than some times slower than a text of blanks,
 * however the secrets were chosen. A search from each place would take hours. */
static void no_text_takes_long(void) {
    enum { BYTES = 1000000, FACTOR = 60 };
    static const char *const units[] = {
        "a",        "ab",        "abcd ",        "%61",           "%25252561", "\\",
        "\\u0061",  "&amp;amp;", "\\\\\"",       "YWFh",          "6161",      "97,",
        "\xc3\xa9", "e\xcc\x81", "aaaaaaaaaaab", "{\"a\":\"a\",",
    };
    struct secret_set *s = secret_set_new();
    struct buf secret = BUF_INIT(BUF_UNLIMITED), blank = BUF_INIT(BUF_UNLIMITED);
    double base;

    add_often(&secret, "a", 20000);
    buf_adds(&secret, "b");
    secret_set_add(s, secret.ptr, secret.len, "[A]");
    for (size_t n = 400; n; n--) {
        buf_cut(&secret, n * 10);
        buf_adds(&secret, "b");
        secret_set_add(s, secret.ptr, secret.len, "[B]");
    }
    secret_set_add(s, "abcd", 4, "[C]");
    add_often(&blank, " ", BYTES);
    base = searched(s, &blank) + 0.002;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct buf text = BUF_INIT(BUF_UNLIMITED);
        double took;

        add_often(&text, units[i], BYTES / strlen(units[i]));
        took = searched(s, &text);
        if (!CHECK(took < FACTOR * base))
            fprintf(stderr, "  %s: %.3f s, blanks %.3f s\n", units[i], took, base);
        if (getenv("VERBOSE"))
            printf("%s: %.1f ns a byte\n", units[i], took * 1e9 / (double)text.len);
        buf_release(&text);
    }
    buf_release(&secret);
    buf_release(&blank);
    secret_set_free(s);
}

int main(void) {
    every_form_is_found();
    secrets_that_look_encoded_are_found();
    the_other_case_never_hides_one();
    the_longest_secret_wins();
    short_words_are_found_whole();
    parts_are_found();
    one_form_in_another_is_found();
    many_alike_are_found();
    neighbours_do_not_hide_each_other();
    no_text_takes_long();
    return check_result();
}
