#include "check.h"

#include "core/err.h"
#include "core/file.h"
#include "core/yaml.h"
#include "core/yaml_quick.h"

/* What is wrong in a document, and where. */
static void errors_have_a_place(void) {
    static const struct {
        const char *text, *words;
        int line, column;
    } cases[] = {
        {"a: no\n", "must be quoted", 1, 4},
        {"a: 012\n", "must be quoted", 1, 4},
        {"a: 1_000\n", "must be quoted", 1, 4},
        {"a: 12:30\n", "must be quoted", 1, 4},
        {"a: 1.20\n", "must be quoted", 1, 4},
        {"a: 1e3\n", "must be quoted", 1, 4},
        {"a: ~\n", "must be quoted", 1, 4},
        {"a: 2027-01-31\n", "must be quoted", 1, 4},
        {"a: 1\na: 2\n", "stands here twice", 2, 1},
        {"a: !x y1\n", "tag", 1, 4},
        {"a: &x [*x]\n", "inside what it names", 1, 8},
        {"a: *b\n", "names nothing", 1, 4},
        {"<<: {a: 1}\n", "merge key", 1, 1},
        {"a:\n\t- b\n", "", 2, 1},
        {"[a]: 1\n", "a key must be text", 1, 1},
        {"%YAML 1.1\n---\na: 1\n", "directives", 1, 1},
        {"a: 1\nb: x\xff\n", "UTF-8", 2, 5},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct diags d = {0};
        struct yaml_doc *doc = yaml_doc_parse("t", cases[i].text, strlen(cases[i].text),
                                              &yaml_limits_spec, &d);

        CHECK(doc == NULL && d.count >= 1);
        if (d.count) {
            if (!strstr(d.items[0].text, cases[i].words) ||
                d.items[0].line != cases[i].line)
                printf("for %s: %d:%d %s\n", cases[i].text, d.items[0].line,
                       d.items[0].column, d.items[0].text);
            CHECK(strstr(d.items[0].text, cases[i].words) != NULL);
            CHECK(d.items[0].line == cases[i].line);
        }
        yaml_doc_free(doc);
        diags_release(&d);
    }
}

static void scalars_have_their_kind(void) {
    static const char text[] =
        "a: 1\nb: \"1\"\nc: true\nd: null\ne: x y\nf: -5\ng: |\n  two\n";
    struct diags d = {0};
    struct yaml_doc *doc =
        yaml_doc_parse("t", text, sizeof(text) - 1, &yaml_limits_spec, &d);

    CHECK(doc != NULL);
    if (!doc)
        return;
    CHECK(yaml_node_get(doc->root, "a")->kind == YAML_NODE_INT);
    CHECK(yaml_node_get(doc->root, "b")->kind == YAML_NODE_TEXT);
    CHECK(yaml_node_get(doc->root, "c")->kind == YAML_NODE_BOOL);
    CHECK(yaml_node_get(doc->root, "d")->kind == YAML_NODE_NULL);
    CHECK(yaml_node_is(yaml_node_get(doc->root, "e"), "x y"));
    CHECK(yaml_node_get(doc->root, "f")->integer == -5);
    CHECK(yaml_node_is(yaml_node_get(doc->root, "g"), "two\n"));
    CHECK(yaml_node_get(doc->root, "e")->line == 5 &&
          yaml_node_get(doc->root, "e")->column == 4);
    yaml_doc_free(doc);
    diags_release(&d);
}

static void aliases_do_not_explode(void) {
    char text[4096] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    struct diags d = {0};

    for (int i = 1; i < 9; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    CHECK(yaml_doc_parse("t", text, strlen(text), &yaml_limits_spec, &d) == NULL);
    CHECK(d.count == 1);
    diags_release(&d);
}

static void nesting_is_limited(void) {
    char text[401];
    struct diags d = {0};

    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    CHECK(yaml_doc_parse("t", text, 400, &yaml_limits_spec, &d) == NULL);
    CHECK(d.count >= 1);
    diags_release(&d);
}

/* All documents of the text are read without libyaml. */
static bool is_quick(const char *text, size_t len) {
    size_t taken;
    int line = 1;

    for (; len; text += taken, len -= taken) {
        struct yaml_document *d =
            yaml_quick_read("t", text, len, &line, &yaml_limits_recording, &taken);

        if (!d)
            return false;
        yaml_doc_free(&d->doc);
    }
    return true;
}

static void what_is_plain_is_quick(void) {
    static const struct {
        const char *text;
        bool quick;
    } cases[] = {
        {"a: 1\n", true},
        {"a:\n- b: c\n  d: \"e\"\n- |-\n  f\n\n  g\n", true},
        {"a: {b: [c, 'it''s'], \"d\": {}}\n", true},
        {"- # nothing\n  a: b # c\n", true},
        {"a: |\n  b\n---\nc: d\n", true},
        {"a: b\n  c\n", false},
        {"a: &b c\n", false},
        {"a: !b c\n", false},
        {"a: b: c\n", false},
        {"a: >\n  b\n", false},
        {"a:\n", false},
        {"a: no\n", false},
        {"a: 1\na: 2\n", false},
        {"a: \"\\ud800\"\n", false},
        {"a: \"\\U00110000\"\n", false},
        {"a: \"\\U0001f511\"\n", true},
        {"\ta: b\n", false},
        {"a: [b: c]\n", false},
        {"a: [b,\nc]\n", false},
        {"? a\n: b\n", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (is_quick(cases[i].text, strlen(cases[i].text)) != cases[i].quick)
            printf("for %s\n", cases[i].text);
        CHECK(is_quick(cases[i].text, strlen(cases[i].text)) == cases[i].quick);
    }
}

/* Of many keys each is told from the others, and the one that stands twice is found. */
static void many_keys_are_told_apart(void) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct diags d = {0};
    struct yaml_doc *doc;

    for (int i = 0; i < 3000; i++)
        buf_addf(&text, "\"%d\": v%d\n", i, i);
    CHECK(is_quick(text.ptr, text.len));
    doc = yaml_doc_parse("t", text.ptr, text.len, &yaml_limits_spec, &d);
    CHECK(doc && doc->root->count == 3000);
    CHECK(doc && yaml_node_is(yaml_node_get(doc->root, "2999"), "v2999"));
    yaml_doc_free(doc);
    buf_addf(&text, "\"%d\": again\n", 1234);
    CHECK(!is_quick(text.ptr, text.len));
    CHECK(!yaml_doc_parse("t", text.ptr, text.len, &yaml_limits_spec, &d));
    CHECK(d.count == 1 && d.items[0].line == 3001);
    diags_release(&d);
    buf_release(&text);
}

/* Of a folder: every file that we ship or write ourselves. */
static void our_own_files_are_quick(const char *folder) {
    size_t count = 0;
    char **paths = file_list(folder, ".yaml", &count, NULL);

    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        char *text = file_slurp(paths[i], 1 << 26, &len, NULL);
        bool quick = text && is_quick(text, len);

        if (!quick)
            printf("libyaml is needed for %s\n", paths[i]);
        CHECK(quick);
        free(text);
        free(paths[i]);
    }
    free(paths);
}

int main(void) {
    what_is_plain_is_quick();
    many_keys_are_told_apart();
    our_own_files_are_quick(ASSAY_ROOT "/specs");
    our_own_files_are_quick(ASSAY_ROOT "/specs/suites");
    our_own_files_are_quick(ASSAY_ROOT "/specs/targets");
    our_own_files_are_quick(ASSAY_ROOT "/fixtures");
    errors_have_a_place();
    scalars_have_their_kind();
    aliases_do_not_explode();
    nesting_is_limited();
    return check_result();
}
