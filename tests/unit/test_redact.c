#include "check.h"

#include "recording/redact/secret_set.h"

static void check_applied(const struct secret_set *r, const char *text,
                          const char *want) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    secret_set_replace(r, text, strlen(text), &out);
    CHECK_STR(text, out.ptr, want);
    buf_release(&out);
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
        "s3cr3t /\"k\\xc3\\xa9y\"\\n+%",
        "s3cr3t /\"k\\303\\251y\"\\n+%",
        "s3cr3t /\"k\\u{e9}y\"\\n+%",
        "s3cr3t /\\\\\\\"k\\\\u00e9y\\\\\\\"\\\\n+%",
        "S3CR3T /\"K\xc3\xa9Y\"\n+%",
        "s3cr3t /\"k\xc3\x83\xc2\xa9y\"\n+%",
        "czNjcjN0IC8i\r\na8OpeSIKKyU=",
    };
    struct secret_set *r = secret_set_new();

    CHECK(secret_set_add(r, secret, sizeof(secret) - 1, "[T]"));
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        char text[200];
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        snprintf(text, sizeof(text), "a=<%s>&b", forms[i]);
        CHECK(secret_set_finds(r, text, strlen(text)));
        secret_set_replace(r, text, strlen(text), &out);
        CHECK_STR(forms[i], out.ptr, "a=<[T]>&b");
        buf_release(&out);
    }
    secret_set_free(r);
}

/* A secret that looks encoded itself must be found as it is, and encoded once or twice.
 */
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
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct secret_set *r = secret_set_new();
        struct buf out = BUF_INIT(BUF_UNLIMITED);
        char text[200];

        secret_set_add(r, cases[i].secret, strlen(cases[i].secret), "[T]");
        snprintf(text, sizeof(text), "<%s>", cases[i].form);
        secret_set_replace(r, text, strlen(text), &out);
        CHECK_STR(text, out.ptr, "<[T]>");
        buf_release(&out);
        secret_set_free(r);
    }
}

static void the_longest_secret_wins(void) {
    struct secret_set *r = secret_set_new();
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    secret_set_add(r, "sk_test_1", 9, "[short]");
    secret_set_add(r, "sk_test_123", 11, "[long]");
    CHECK(!secret_set_add(r, "abc", 3, "[x]"));
    secret_set_replace(r, "sk_test_1234 sk_test_1 abc", 26, &out);
    CHECK_STR("longest", out.ptr, "[long]4 [short] abc");
    buf_release(&out);
    secret_set_free(r);
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
    struct secret_set *r = secret_set_new();

    secret_set_add(r, "blue", 4, "[B]");
    secret_set_add(r, "1795", 4, "[N]");
    CHECK(!secret_set_add(r, "one ", 4, "[O]"));
    secret_set_add(r, "green ", 6, "[G]");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_applied(r, cases[i].text, cases[i].want);
    secret_set_free(r);
}

/* Upper and lower case are told apart where a text is short, and in base64. */
static void the_other_case_is_found_in_longer_texts(void) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"ZQ7MWX81VRTY zq7mwx81vrty", "[L] [L]"},
        {"zQ7mWx8", "zQ7mWx8"},
        {"my blanks my Own", "my [B] my Own"},
        {"WNE3BVD4ODF2UNRZ", "WNE3BVD4ODF2UNRZ"},
    };
    struct secret_set *r = secret_set_new();

    secret_set_add(r, "Zq7mWx81vRtY", 12, "[L]");
    secret_set_add(r, "mY oWn", 6, "[S]");
    secret_set_add(r, "  blanks\n", 9, "[B]");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_applied(r, cases[i].text, cases[i].want);
    secret_set_free(r);
}

static bool spares_none(void *context, const char *text, size_t len) {
    (void)context, (void)text, (void)len;
    return false;
}

static void parts_are_found_however_the_secret_looks(void) {
    static const struct {
        const char *secret, *text, *want;
    } cases[] = {
        {"100%25-Vq%41-%zz-lk9", "no: 100%25-Vq%41-%...", "no: [P]..."},
        {"100%25-Vq%41-%zz-lk9", "no: 100%2525-Vq%2541-...", "no: [P]..."},
        {"s3cr3t \"q\" and more", "{\"m\":\"s3cr3t \\\"q\\\" an...\"}",
         "{\"m\":\"[P]...\"}"},
        {"{\"error\": \"mine\"}", "{\"error\": \"yours\"}", "{\"error\": \"yours\"}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct secret_set *r = secret_set_new();
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        secret_set_add(r, cases[i].secret, strlen(cases[i].secret), "[T]");
        secret_set_replace_parts(r, cases[i].text, strlen(cases[i].text), "[P]",
                                 spares_none, NULL, &out);
        CHECK_STR(cases[i].text, out.ptr, cases[i].want);
        buf_release(&out);
        secret_set_free(r);
    }
}

/* A day's worth of payloads that begin alike must not make each one slower. */
static void many_alike_are_found(void) {
    struct secret_set *r = secret_set_new();
    char text[64], token[32];

    for (int i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "pay-load-of-the-%d-th", i);
        snprintf(token, sizeof(token), "[%d]", i);
        secret_set_add(r, text, strlen(text), token);
    }
    for (int i = 0; i < 50000; i += 7) {
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        snprintf(text, sizeof(text), "a=pay-load-of-the-%d-th&", i);
        snprintf(token, sizeof(token), "a=[%d]&", i);
        secret_set_replace(r, text, strlen(text), &out);
        CHECK_STR("alike", out.ptr, token);
        buf_release(&out);
    }
    secret_set_free(r);
}

/* What one secret begins with must not hide how another one is encoded. */
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
    struct secret_set *r = secret_set_new();

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        secret_set_add(r, others[i], strlen(others[i]), "[O]");
    secret_set_add(r, printable, sizeof(printable) - 1, "[T]");
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct buf out = BUF_INIT(BUF_UNLIMITED);

        secret_set_replace(r, forms[i], strlen(forms[i]), &out);
        CHECK_STR(forms[i], out.ptr, "[T]");
        buf_release(&out);
    }
    secret_set_free(r);
}

/* In a URL, base64 is percent-encoded once more. */
static void encoded_base64_is_found(void) {
    static const char secret[] = "~~~\?\?\?>>>~~~"; /* fn5+Pz8/Pj4+fn5+ */
    struct secret_set *r = secret_set_new();

    secret_set_add(r, secret, strlen(secret), "[T]");
    CHECK(secret_set_finds(r, "x=fn5+Pz8/Pj4+fn5+", 18));
    CHECK(secret_set_finds(r, "x=fn5%2BPz8%2FPj4%2bfn5%2B", 26));
    CHECK(!secret_set_finds(r, "x=fn5%2BPz8%2FPj4%2bfn6%2B", 26));
    secret_set_free(r);
}

static void basic_credentials_are_found(void) {
    /* sk_test_abcdef: and a password, in each alignment */
    struct secret_set *r = secret_set_new();
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    secret_set_add(r, "sk_test_abcdef", 14, "[key]");
    secret_set_replace(r, "Basic c2tfdGVzdF9hYmNkZWY6 x", 28, &out);
    CHECK_STR("basic", out.ptr, "Basic [key] x");
    buf_release(&out);
    secret_set_free(r);
}

/* An answer that shows megabytes of what was asked takes no longer for each byte: with
 * a look at the rest of the text from every one of them this would take hours. */
static void parts_of_long_texts_are_found(void) {
    enum { COUNT = 800000 };
    struct secret_set *r = secret_set_new();
    struct buf text = BUF_INIT(BUF_UNLIMITED), out = BUF_INIT(BUF_UNLIMITED);

    CHECK(secret_set_add(r, "name=s3cr3t-value", 17, "[T]"));
    for (int i = 0; i < COUNT; i++)
        buf_adds(&text, "name=");
    buf_adds(&text, "s3cr3t..");
    secret_set_replace_parts(r, text.ptr, text.len, "[P]", spares_none, NULL, &out);
    CHECK(out.len == 5 * (COUNT - 1) + 5);
    CHECK_STR("the end", out.ptr + out.len - 10, "name=[P]..");
    buf_release(&text);
    buf_release(&out);
    secret_set_free(r);
}

int main(void) {
    every_form_is_found();
    secrets_that_look_encoded_are_found();
    the_longest_secret_wins();
    short_words_are_found_whole();
    the_other_case_is_found_in_longer_texts();
    parts_are_found_however_the_secret_looks();
    parts_of_long_texts_are_found();
    many_alike_are_found();
    neighbours_do_not_hide_each_other();
    encoded_base64_is_found();
    basic_credentials_are_found();
    return check_result();
}
