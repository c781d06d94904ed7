/* In: a small result document, and spoilt ones. Out: checks of what each writer makes of it. */
#include "check.h"
#include "core/jsonx.h"
#include "reports/merge.h"
#include "reports/reports.h"

/* Two checks: one passed; of the other what it is and says. */
static json_t *document(const char *verdict, const char *reason) {
    json_t *d = json_pack(
        "{s:i, s:{s:s, s:s}, s:{s:s, s:s}, s:s, s:i, s:s, s:i, s:b}", "assay_results",
        1, "target", "name", "mine", "base_url", "http://127.0.0.1:1", "tool", "name",
        "assay", "version", "0.1.0", "spec_digest", "sha256:0", "seed", 1, "verdict",
        strcmp(verdict, "pass") == 0 ? "conforms" : "does not conform", "exit_code",
        strcmp(verdict, "pass") != 0, "conformant", strcmp(verdict, "pass") == 0);
    json_t *checks = json_pack(
        "[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s, s:s}]", "id", "set/one/status",
        "clause", "SET-1", "level", "must", "verdict", "pass", "id", "find/two/body",
        "clause", "FIND-1", "level", "must", "verdict", verdict, "reason", reason);
    json_t *clauses =
        json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}]", "id", "SET-1",
                  "level", "must", "verdict", "pass", "title", "Set", "id", "FIND-1",
                  "level", "must", "verdict", verdict, "title", "Find");

    CHECK(d && checks && clauses);
    json_object_set_new(d, "checks", checks);
    json_object_set_new(d, "clauses", clauses);
    json_object_set_new(d, "cases", json_array());
    json_object_set_new(d, "levels", json_object());
    json_object_set_new(d, "totals",
                        strcmp(verdict, "pass") == 0
                            ? json_pack("{s:i}", "pass", 2)
                            : json_pack("{s:i, s:i}", "pass", 1, verdict, 1));
    return d;
}

/* What the writer of a format makes of it; free(). */
static char *written(const char *format, const json_t *d) {
    struct report_options o = {0};
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct err err = {0};

    if (!CHECK(report_write(format, &d, 1, &o, &out, &err)))
        fprintf(stderr, "  %s: %s\n", format, err.text);
    return buf_take(&out, NULL);
}

static void the_same_document_gives_the_same_bytes(void) {
    json_t *d = document("fail", "wanted 200, got 500");

    for (const char *const *f = report_formats; *f; f++) {
        char *first, *second;

        /* of one check of a run (tests/causes, tests/reports), and of a folder */
        if (report_format_needs(*f, NEEDS_CHECK | NEEDS_FOLDER))
            continue;
        first = written(*f, d);
        second = written(*f, d);
        CHECK(strlen(first) > 0);
        CHECK_STR(*f, second, first);
        free(first);
        free(second);
    }
    json_decref(d);
}

static void each_format_tells_which_check_failed(void) {
    static const struct {
        const char *format, *words[3];
    } cases[] = {
        {"html", {"find/two/body", "FIND-1", "wanted 200, got 500"}},
        {"junit", {"name=\"body\"", "FIND-1", "wanted 200, got 500"}},
        {"tap", {"not ok", "find/two/body", "wanted 200, got 500"}},
        {"ctrf", {"find/two/body", "\"failed\"", "wanted 200, got 500"}},
        {"markdown", {"**fail**", "FIND-1", "find/two/body"}},
        {"terminal", {"find/two/body", "FIND-1", "wanted 200, got 500"}},
        {"json", {"find/two/body", "FIND-1", "wanted 200, got 500"}},
    };
    json_t *d = document("fail", "wanted 200, got 500");

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *text = written(cases[i].format, d);

        for (size_t j = 0; j < 3; j++)
            if (!CHECK(strstr(text, cases[i].words[j])))
                fprintf(stderr, "  %s without %s:\n%s\n", cases[i].format,
                        cases[i].words[j], text);
        free(text);
    }
    json_decref(d);
}

static void markup_of_the_target_stays_text(void) {
    static const char *const formats[] = {"html", "junit", "badge", "markdown"};
    json_t *d = document("fail", "<script>alert(1)</script>\x1b[31m");

    json_object_set_new(json_object_get(d, "target"), "name",
                        json_string("<img src=x>"));
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        char *text = written(formats[i], d);

        CHECK(!strstr(text, "<script>alert") && !strstr(text, "<img"));
        CHECK(!strchr(text, '\x1b'));
        free(text);
    }
    json_decref(d);
}

static void an_unknown_format_is_an_error(void) {
    json_t *d = document("pass", "");
    const json_t *all = d;
    struct report_options o = {0};
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct err err = {0};

    CHECK(!report_format_known("pdf"));
    CHECK(!report_write("pdf", &all, 1, &o, &out, &err));
    CHECK(err.code != ERR_NONE);
    buf_release(&out);
    json_decref(d);
}

static void what_is_no_result_document_is_refused(void) {
    static const char *const needed[] = {
        "assay_results", "target",  "tool",   "spec_digest", "seed",      "verdict",
        "checks",        "clauses", "levels", "totals",      "exit_code", "cases"};
    struct err none = {0};
    json_t *d = document("pass", "");

    if (!CHECK(results_check(d, &none)))
        fprintf(stderr, "  %s\n", none.text);
    json_decref(d);
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        struct err err = {0};

        d = document("pass", "");
        json_object_del(d, needed[i]);
        CHECK(!results_check(d, &err));
        CHECK(strstr(err.text, needed[i]) != NULL);
        json_decref(d);
    }
}

static void a_word_of_ours_that_holds_markup_is_refused(void) {
    struct err err = {0};
    json_t *d = document("pass", "");

    json_object_set_new(json_array_get(json_object_get(d, "checks"), 1), "clause",
                        json_string("'><script>"));
    CHECK(!results_check(d, &err));
    json_decref(d);
}

static void a_comparison_tells_what_is_new_fixed_and_gone(void) {
    json_t *now = document("fail", "broken"), *before = document("pass", "");
    const json_t *changes;

    json_array_append_new(json_object_get(before, "checks"),
                          json_pack("{s:s, s:s, s:s, s:s}", "id", "old/gone/check",
                                    "clause", "SET-1", "level", "must", "verdict",
                                    "pass"));
    results_compare(now, before);
    CHECK_INT("new failures", (int64_t)results_new_failures(now), 1);
    changes = json_object_get(now, "changes");
    CHECK_STR(
        "new failure",
        json_string_value(json_array_get(json_object_get(changes, "new_failures"), 0)),
        "find/two/body");
    CHECK_STR(
        "gone",
        json_string_value(json_array_get(json_object_get(changes, "gone_checks"), 0)),
        "old/gone/check");
    CHECK_INT("fixed", (int64_t)json_array_size(json_object_get(changes, "fixed")), 0);
    results_compare(before, now);
    CHECK_STR("fixed, the other way round",
              json_string_value(json_array_get(
                  json_object_get(json_object_get(before, "changes"), "fixed"), 0)),
              "find/two/body");
    CHECK_INT("and nothing new", (int64_t)results_new_failures(before), 0);
    json_decref(now);
    json_decref(before);
}

static void documents_that_are_no_shards_are_not_merged(void) {
    json_t *both[2] = {document("pass", ""), document("pass", "")};
    struct err err = {0};

    CHECK(!results_are_shards(both, 2));
    CHECK(results_merge(both, 2, &err) == NULL);
    CHECK(err.code != ERR_NONE);
    json_decref(both[0]);
    json_decref(both[1]);
}

int main(void) {
    the_same_document_gives_the_same_bytes();
    each_format_tells_which_check_failed();
    markup_of_the_target_stays_text();
    an_unknown_format_is_an_error();
    what_is_no_result_document_is_refused();
    a_word_of_ours_that_holds_markup_is_refused();
    a_comparison_tells_what_is_new_fixed_and_gone();
    documents_that_are_no_shards_are_not_merged();
    return check_result();
}
