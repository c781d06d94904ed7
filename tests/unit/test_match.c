#include "check.h"

#include "core/jsonx.h"
#include "core/match.h"
#include "core/match_check.h"

static void matchers_hold_and_do_not(void) {
    static const struct {
        const char *want, *got;
        bool ok;
    } cases[] = {
        {"1", "1", true},
        {"1", "\"1\"", false},
        {"null", "null", true},
        {"{\"a\": 1}", "{\"a\": 1, \"b\": 2}", true},
        {"{\"a\": null}", "{}", false},
        {"{\"a\": {\"$absent\": true}}", "{}", true},
        {"{\"a\": {\"$absent\": true}}", "{\"a\": null}", false},
        {"{\"a\": {\"$null_or_absent\": true}}", "{\"a\": null}", true},
        {"{\"a\": {\"$null_or_absent\": true}}", "{\"a\": 0}", false},
        {"{\"x\": {\"a\": {\"$absent\": true}}}", "{}", true},
        {"{\"x\": {\"a\": {\"$absent\": true}, \"b\": 1}}", "{}", false},
        {"{\"x\": {\"a\": {\"$absent\": true}}}", "{\"x\": 1}", false},
        {"[1, 2]", "[1, 2]", true},
        {"[1, 2]", "[2, 1]", false},
        {"[1]", "[1, 2]", false},
        {"{\"$same_set\": [1, {\"$type\": \"integer\"}]}", "[2, 1]", true},
        {"{\"$same_set\": [{\"$type\": \"integer\"}, 1]}", "[1, 2]", true},
        {"{\"$same_set\": [1, 1]}", "[1, 2]", false},
        {"{\"$has\": [2]}", "[1, 2]", true},
        {"{\"$has\": [3]}", "[1, 2]", false},
        {"{\"$match\": \"a.c\"}", "\"abc\"", true},
        {"{\"$match\": \"a.c\"}", "\"xabc\"", false},
        {"{\"$not\": {\"$eq\": 1}}", "2", true},
        {"{\"$not\": {\"$eq\": 1}}", "1", false},
        {"{\"$len\": 2}", "[1, 2]", true},
        {"{\"$len\": {\"$ge\": 3}}", "\"ab\"", false},
        {"{\"$each\": {\"a\": 1}}", "[{\"a\": 1}, {\"a\": 1}]", true},
        {"{\"$each\": 1}", "[1, 2]", false},
        {"{\"$none\": 1}", "[2, 3]", true},
        {"{\"$none\": 1}", "[1]", false},
        {"{\"$unique\": true}", "[1, 1]", false},
        {"{\"$near\": {\"to\": 10, \"within\": 2}}", "12", true},
        {"{\"$near\": {\"to\": 10, \"within\": 2}}", "13", false},
        {"{\"$any_of\": [1, 2]}", "2", true},
        {"{\"$any_of\": [1, 2]}", "3", false},
        {"{\"$ge\": 400, \"$le\": 499}", "404", true},
        {"{\"$ge\": 400, \"$le\": 499}", "500", false},
        {"{\"$eq\": {\"a\": 1}}", "{\"a\": 1, \"b\": 1}", false},
        {"{\"$prefix\": \"ab\"}", "\"abc\"", true},
        {"{\"$media\": \"a/b\"}", "\"A/b ;charset=UTF-8\"", true},
        {"{\"$media\": \"a/b\"}", "\"a/b;charset=latin1\"", false},
        {"{\"$media\": \"a/b\"}", "7", false},
        {"{\"$bogus\": 1}", "1", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *want = json_loads(cases[i].want, JSON_DECODE_ANY, NULL);
        json_t *got = json_loads(cases[i].got, JSON_DECODE_ANY, NULL);
        struct mismatches m = {0};
        bool ok = match(want, got, &m);

        if (ok != cases[i].ok)
            printf("%s against %s\n", cases[i].want, cases[i].got);
        CHECK(ok == cases[i].ok);
        CHECK(ok == (m.count == 0));
        mismatches_release(&m);
        json_decref(want);
        json_decref(got);
    }
}

static void what_is_not_wanted_is_said_in_words(void) {
    json_t *want = json_pack("{s:{s:s}}", "$not", "$match", ".*x.*");
    json_t *got = json_string("axb");
    struct mismatches m = {0};

    CHECK(!match(want, got, &m));
    CHECK_STR("words", m.items[0].expected, "anything but text that matches \".*x.*\"");
    mismatches_release(&m);
    json_decref(want);
    json_decref(got);
}

static void a_misspelt_matcher_gets_a_hint(void) {
    static const char text[] =
        "a: {$equls: 1}\nb: {$match: \"(\"}\nc: {$len: 1, d: 2}\n";
    struct diags d = {0};
    struct yaml_doc *doc =
        yaml_doc_parse("t", text, sizeof(text) - 1, &yaml_limits_spec, &d);

    CHECK(!match_check(doc, doc->root, &d));
    CHECK(d.count == 3);
    CHECK(d.count > 0 && strstr(d.items[0].text, "did you mean \"$eq\"") != NULL &&
          d.items[0].line == 1 && d.items[0].column == 5);
    yaml_doc_free(doc);
    diags_release(&d);
}

int main(void) {
    matchers_hold_and_do_not();
    what_is_not_wanted_is_said_in_words();
    a_misspelt_matcher_gets_a_hint();
    match_forget();
    return check_result();
}
