#include "check.h"

#include <stdlib.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/form.h"
#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

static void add_keeps_what_fits(void) {
    static const struct {
        const char *name, *first, *second, *want;
        bool fits;
    } cases[] = {
        {"empty", "", "", "", true},
        {"up to the ceiling", "abcd", "efgh", "abcdefgh", true},
        {"one byte over", "abcd", "efghi", "abcd", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT(8);

        CHECK(buf_adds(&b, cases[i].first));
        CHECK(buf_adds(&b, cases[i].second) == cases[i].fits);
        CHECK_STR(cases[i].name, b.ptr, cases[i].want);
        buf_release(&b);
    }
}

static void utf8_is_strict(void) {
    static const struct {
        const char *text;
        size_t len;
        bool valid;
    } cases[] = {
        {"plain", 5, true},
        {"\xc3\xa9", 2, true},
        {"\xf0\x9f\x94\x91", 4, true},
        {"\xc0\x80", 2, false},
        {"\xe0\x80\x80", 3, false},
        {"\xed\xa0\x80", 3, false},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xff", 1, false},
        {"\xe2\x82", 2, false},
        {"a\0b", 3, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK(str_utf8_valid(cases[i].text, cases[i].len) == cases[i].valid);
}

static void what_comes_from_outside_is_made_visible(void) {
    struct buf b = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&b, "a\x1b[31m\n\xe2\x80\xae\xff z", 13, 100);
    CHECK_STR("escapes", b.ptr, "a\\x1b[31m\\n\\u202e\\xff z");
    buf_cut(&b, 0);
    str_add_visible(&b, "abcdef", 6, 3);
    CHECK_STR("cut", b.ptr, "abc... (3 more bytes)");
    buf_release(&b);
}

static void words_find_their_nearest(void) {
    static const char *const words[] = {"equals", "status", "payload"};

    CHECK_STR("typo", str_nearest("equls", words, 3), "equals");
    CHECK(str_nearest("nothing-like-it", words, 3) == NULL);
    CHECK(str_glob("list.*/*/re?used", "list.limit/zero/refused"));
    CHECK(!str_glob("list", "lists"));
}

static void durations_have_units(void) {
    int64_t ms = 7;

    CHECK(str_to_duration("1500ms", &ms) && ms == 1500);
    CHECK(str_to_duration("-2s", &ms) && ms == -2000);
    CHECK(str_to_duration("36900d", &ms) && ms == (int64_t)36900 * 86400000);
    CHECK(!str_to_duration("2", &ms) && !str_to_duration("s", &ms) &&
          !str_to_duration("2 s", &ms));
}

static void forms_go_both_ways(void) {
    static const struct {
        const char *text, *trie;
    } cases[] = {
        {"scope[type]=user&scope%5Buser%5D=u",
         "{\"scope\":{\"type\":\"user\",\"user\":\"u\"}}"},
        {"expand[]=a&expand[1]=b", "{\"expand\":[\"a\",\"b\"]}"},
        {"a=1+2%203&b", "{\"a\":\"1 2 3\",\"b\":\"\"}"},
        {"a=%zz&b=%", "{\"a\":\"%zz\",\"b\":\"%\"}"},
        {"a=%4", "{\"a\":\"%4\"}"},
        {"a=x%41", "{\"a\":\"xA\"}"},
        {"a=1&a=2", "{\"a\":\"2\"}"},
        {"&&=&=", "{\"\":\"\"}"},
        {"a=%00", "{\"a\":\"\\u0000\"}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct form f = {0}, g = {0};
        struct buf out = BUF_INIT(BUF_UNLIMITED), again = BUF_INIT(BUF_UNLIMITED);
        json_t *trie, *back;

        CHECK(form_parse(&f, cases[i].text, strlen(cases[i].text), 100, NULL));
        trie = form_to_json(&f, NULL);
        jsonx_add(&out, trie);
        CHECK_STR(cases[i].text, out.ptr, cases[i].trie);
        form_from_json(&g, trie, 0);
        form_write(&again, &g, 0);
        form_release(&f);
        CHECK(form_parse(&f, again.ptr, again.len, 100, NULL));
        back = form_to_json(&f, NULL);
        CHECK(json_equal(trie, back));
        json_decref(trie);
        json_decref(back);
        form_release(&f);
        form_release(&g);
        buf_release(&out);
        buf_release(&again);
    }
}

static void hostile_forms_are_refused(void) {
    static const char *const clashes[] = {"scope=a&scope[type]=b", "a[]=1&a[b]=2",
                                          "a=%ff"};
    struct form f = {0};

    for (size_t i = 0; i < ARRAY_LEN(clashes); i++) {
        CHECK(form_parse(&f, clashes[i], strlen(clashes[i]), 100, NULL));
        CHECK(form_to_json(&f, NULL) == NULL);
        form_release(&f);
    }
    CHECK(!form_parse(&f, "a=1&b=2&c=3", 11, 2, NULL));
    form_release(&f);
}

static void deep_json_is_refused(void) {
    char *deep = mem_new(200001, 1);
    json_t *value;

    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    CHECK(jsonx_load(deep, 200000, 64, NULL) == NULL);
    value = jsonx_load(deep + 99990, 20, 64, NULL);
    CHECK(value != NULL);
    json_decref(value);
    free(deep);
}

/* Each form of a value, as jansson writes it. */
static void json_is_written(void) {
    static const char *const texts[] = {
        "{}",
        "[]",
        "[[], {}]",
        "{\"a\": [1, -2, 9223372036854775807], \"b\": {\"c\": null}}",
        "[1.5, 1e300, -0.0, 3.0]",
        "[true, false, \"\"]",
        "[\"\\\" \\\\ \\/ \\b\\f\\n\\r\\t\"]",
        "[\"\\u0000 \\u0001\\u001f\\u007f \\u00e9\\ud83d\\ude00\"]",
        "{\"\\n\": {\"x\": [{\"y\": [[[[1]]]]}]}}"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        json_t *value = jsonx_load(texts[i], strlen(texts[i]), 64, NULL);

        CHECK(value != NULL);
        for (unsigned indent = 0; indent < 20; indent += 3) {
            char *theirs =
                json_dumps(value, indent ? JSON_INDENT(indent) : JSON_COMPACT);
            struct buf ours = BUF_INIT(BUF_UNLIMITED);

            CHECK(jsonx_write(&ours, value, indent));
            CHECK_STR("written", ours.ptr, theirs);
            buf_release(&ours);
            free(theirs);
        }
        json_decref(value);
    }
}

static void pointers_reach(void) {
    json_t *v = json_pack("{s:[i, {s:s}]}", "a/b", 1, "~", "x");

    CHECK_STR("escaped", json_string_value(jsonx_at(v, "/a~1b/1/~0")), "x");
    CHECK(jsonx_at(v, "/a~1b/2") == NULL && jsonx_at(v, "/a~1b/-1") == NULL);
    CHECK(jsonx_at(v, "") == v);
    json_decref(v);
}

static void credentials_are_read(void) {
    static const struct {
        const char *header, *key;
    } cases[] = {
        {"Basic c2tfdGVzdDo=", "sk_test"},
        {"basic c2tfdGVzdDpwdw==", "sk_test"},
        {"Bearer sk_test", "sk_test"},
        {"Basic !!!", NULL},
        {"Basic  ", NULL},
        {"Bearer  ", NULL},
        {"Basic \t c2tfdGVzdDo= ", "sk_test"},
        {"", NULL},
        {"Digest x", NULL},
        {"Basic", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_headers h = {0};
        char *key;

        http_headers_add(&h, "Authorization", cases[i].header);
        key = http_credential(&h, NULL);
        CHECK((key == NULL) == (cases[i].key == NULL));
        if (cases[i].key)
            CHECK_STR(cases[i].header, key, cases[i].key);
        free(key);
        http_headers_release(&h);
    }
}

static void dates_go_both_ways(void) {
    char text[30];
    int64_t t = 0;

    http_date_format(784111777, text);
    CHECK_STR("format", text, "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date_parse(text, &t) && t == 784111777);
    CHECK(!http_date_parse("yesterday", &t));
}

static void clocks_freeze_and_move(void) {
    struct clock c = {0};

    CHECK(clock_parse(&c, "frozen", NULL));
    int64_t t = clock_now_ms(&c);
    clock_advance(&c, 5000);
    CHECK(clock_now_ms(&c) == t + 5000);
    CHECK(!clock_parse(&c, "tomorrow", NULL));
    CHECK(clock_parse(&c, "1000", NULL) && clock_now_ms(&c) / 1000 == 1000);
}

/* `http://host:8080` and `@evil.example/x` are another host together. */
static void a_curl_line_asks_the_host_that_was_meant(void) {
    static const struct {
        const char *target, *want;
    } cases[] = {
        {"/v1/apps/secrets?a=1", "'http://h:80/v1/apps/secrets?a=1'"},
        {"@evil.example/x", "--request-target @evil.example/x http://h:80"},
        {".evil.example", "--request-target .evil.example http://h:80"},
        {"*", "--request-target '*' http://h:80"},
        {"", "--request-target '' http://h:80"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b = BUF_INIT(BUF_UNLIMITED);

        CHECK(str_add_curl_url(&b, "http://h:80", cases[i].target));
        CHECK_STR(cases[i].target, b.ptr, cases[i].want);
        buf_release(&b);
    }
}

int main(void) {
    a_curl_line_asks_the_host_that_was_meant();
    add_keeps_what_fits();
    utf8_is_strict();
    what_comes_from_outside_is_made_visible();
    words_find_their_nearest();
    durations_have_units();
    forms_go_both_ways();
    hostile_forms_are_refused();
    deep_json_is_refused();
    json_is_written();
    pointers_reach();
    credentials_are_read();
    dates_go_both_ways();
    clocks_freeze_and_move();
    return check_result();
}
