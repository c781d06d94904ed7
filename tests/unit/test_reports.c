/* Texts of a result document in the formats of reports. */
#include "check.h"
#include "reports/text.h"

static void markup_is_escaped(void) {
    static const struct {
        const char *text, *want;
    } cases[] = {{"plain", "plain"},
                 {"<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"},
                 {"a\x01z", "a\\x01z"},
                 {"\xc3\xa9", "\xc3\xa9"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf out = BUF_INIT(1000);

        add_xml(&out, cases[i].text, 100);
        CHECK_STR(cases[i].text, out.ptr, cases[i].want);
        buf_release(&out);
    }
}

static void markdown_stays_on_its_line(void) {
    struct buf out = BUF_INIT(1000);

    add_markdown(&out, "a|b\nc <i> `x`", 100);
    CHECK(strchr(out.ptr, '\n') == NULL);
    CHECK(strstr(out.ptr, "<i>") == NULL);
    buf_release(&out);
}

static void what_is_red_is_what_must_be_mended(void) {
    static const struct {
        const char *verdict;
        bool red;
    } cases[] = {{"pass", false},   {"fail", true},  {"warn", false},
                 {"note", false},   {"skip", false}, {"blocked", true},
                 {"waived", false}, {"stale", true}, {"error", true}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *k = json_pack("{s:s}", "verdict", cases[i].verdict);

        CHECK_INT(cases[i].verdict, is_red(k), cases[i].red);
        json_decref(k);
    }
}

int main(void) {
    markup_is_escaped();
    markdown_stays_on_its_line();
    what_is_red_is_what_must_be_mended();
    return check_result();
}
