/* What others wrote is read by its grammar: media types, and JSON that is legal and
 * that jansson does not hold. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/json_tame.h"
#include "core/jsonx.h"
#include "core/media_type.h"
#include "core/mem.h"

static void media_types_are_read_by_their_grammar(void) {
    static const struct {
        const char *value;
        bool want;
    } cases[] = {
        {"application/json", true},
        {"application/json;", true},
        {"application/json ; ", true},
        {"application/json;;charset=utf-8", true},
        {"Application/JSON; Charset=\"UTF-8\"", true},
        {"application/json; charset=\"u\\tf-8\"", true},
        {"application/json; charset=utf-8; v=1.0", true},
        {"application/json;profile=\"a;charset=latin1\"", true},
        {" application/json\t", true},
        {"application/json; charset=utf8", true},
        {"application/json; charset=iso-8859-1", false},
        {"application/json; charset=utf-8; charset=utf-16", false},
        {"application/json; charset=\"utf-16\"", false},
        {"application/json; charset", false},
        {"application/json; charset=", false},
        {"application/json; v=\"open", false},
        {"application/json, text/html", false},
        {"application/jsonp", false},
        {"application/json+x", false},
        {"text/json", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (media_type_is_utf8(cases[i].value, "application/json") != cases[i].want)
            CHECK_STR("media type", cases[i].value, cases[i].want ? "yes" : "no");
}

static void what_cannot_be_held_is_text(void) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"{\"a\": 18446744073709551615}", "{\"a\":\"18446744073709551615\"}"},
        {"[-9223372036854775808, -9223372036854775809]",
         "[-9223372036854775808,\"-9223372036854775809\"]"},
        {"[9223372036854775807, 9223372036854775808]",
         "[9223372036854775807,\"9223372036854775808\"]"},
        {"[1e999, -1E+999, 1e-999, 2]", "[\"1e999\",\"-1E+999\",0.0,2]"},
        {"{\"a\": \"18446744073709551615\", \"b\": 99999999999999999999}",
         "{\"a\":\"18446744073709551615\",\"b\":\"99999999999999999999\"}"},
        {"[\"\\ud800\", \"\\udc00x\", \"\\ud83d\\ude00\"]",
         "[\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xf0\x9f\x98\x80\"]"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *value = jsonx_told(cases[i].text, strlen(cases[i].text));
        struct buf text = BUF_INIT(BUF_UNLIMITED);

        jsonx_add(&text, value);
        CHECK_STR(cases[i].text, text.ptr, cases[i].want);
        buf_release(&text);
        json_decref(value);
    }
}

static void what_is_too_deep_is_text(void) {
    struct buf deep = BUF_INIT(BUF_UNLIMITED);
    json_t *value;

    buf_adds(&deep, "{\"id\": \"x\", \"own\": ");
    for (int i = 0; i < 5000; i++)
        buf_addc(&deep, '[');
    buf_adds(&deep, "\"]\"");
    for (int i = 0; i < 5000; i++)
        buf_addc(&deep, ']');
    buf_adds(&deep, ", \"created\": 7}");
    value = jsonx_told(deep.ptr, deep.len);
    CHECK_STR("before it", jsonx_string(value, "id", "nothing"), "x");
    CHECK(jsonx_int(value, "created", 0) == 7);
    json_decref(value);
    buf_release(&deep);
}

static void what_is_no_json_stays_none(void) {
    static const char *const texts[] = {"{\"a\": 18446744073709551615",
                                        "{\"a\": 01, \"b\": 1e999}",
                                        "[NaN, 1e999]",
                                        "{\"a\": 1e999} x",
                                        "\xef\xbb\xbf{\"a\": 1e999}",
                                        "[\"\xff\", 1e999]",
                                        "1e999 1"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        CHECK(jsonx_told(texts[i], strlen(texts[i])) == NULL);
}

int main(void) {
    media_types_are_read_by_their_grammar();
    what_cannot_be_held_is_text();
    what_is_too_deep_is_text();
    what_is_no_json_stays_none();
    return check_result();
}
