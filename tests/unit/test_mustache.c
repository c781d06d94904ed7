/* Templates: what each tag writes, what is escaped, and that ours are whole. */
#include "check.h"
#include "core/file_within.h"
#include "reports/mustache.h"

extern const struct file_within report_templates[];

static void each_tag_writes_what_it_should(void) {
    static const struct {
        const char *name, *text, *value, *want;
    } cases[] = {
        {"a text", "<p>{{a}}</p>", "{\"a\": \"x\"}", "<p>x</p>"},
        {"is escaped", "{{a}}", "{\"a\": \"<b>&\\\"'\"}", "&lt;b&gt;&amp;&quot;&#39;"},
        {"or not", "{{{a}}}", "{\"a\": \"<b>\"}", "<b>"},
        {"a number", "{{ a }}", "{\"a\": 12}", "12"},
        {"a member of a member", "{{a.b}}", "{\"a\": {\"b\": \"x\"}}", "x"},
        {"what is missing", "[{{a}}{{b.c}}]", "{}", "[]"},
        {"a list", "{{#a}}{{.}},{{/a}}", "{\"a\": [\"x\", \"y\"]}", "x,y,"},
        {"a list of objects", "{{#a}}{{b}}{{/a}}", "{\"a\": [{\"b\": 1}, {\"b\": 2}]}",
         "12"},
        {"an empty list", "{{#a}}x{{/a}}{{^a}}none{{/a}}", "{\"a\": []}", "none"},
        {"true", "{{#a}}{{b}}{{/a}}", "{\"a\": true, \"b\": \"x\"}", "x"},
        {"a text as a condition", "{{#a}}({{a}}){{/a}}", "{\"a\": \"x\"}", "(x)"},
        {"what is empty", "{{#a}}x{{/a}}{{#b}}x{{/b}}{{#c}}x{{/c}}",
         "{\"a\": \"\", \"b\": 0, \"c\": null}", ""},
        {"never from outside", "{{#a}}[{{b}}]{{/a}}", "{\"a\": {}, \"b\": \"x\"}",
         "[]"},
        {"but from the top", "{{#a}}[{{top.b}}]{{/a}}", "{\"a\": {}, \"b\": \"x\"}",
         "[x]"},
        {"sections of one name", "{{#a}}<{{#a}}x{{/a}}>{{/a}}",
         "{\"a\": {\"a\": true}}", "<x>"},
        {"tags alone on a line", "1\n  {{#a}}\n2\n  {{/a}}\n{{! no }}\n3\n",
         "{\"a\": true}", "1\n2\n3\n"},
        {"a comment", "a{{! b }}c", "{}", "ac"},
        {"braces that are none", "a { } {{", "{}", "a { } {{"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *value = json_loads(cases[i].value, 0, NULL);
        struct buf out = BUF_INIT(10000);
        struct err err = {0};

        CHECK(mustache_fill_text(&out, "test", cases[i].text, value, &err));
        CHECK_STR(cases[i].name, out.ptr, cases[i].want);
        buf_release(&out);
        json_decref(value);
    }
}

static void what_is_broken_names_its_line(void) {
    static const struct {
        const char *text, *words;
        int line;
    } cases[] = {{"\n{{#a}}x", "nothing closes {{#a}}", 2},
                 {"x\ny{{/a}}", "nothing is open", 2},
                 {"{{>none.html}}", "there is no template", 1},
                 {"{{#a}}{{#b}}{{/a}}{{/b}}", "nothing closes {{#b}}", 1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *value = json_pack("{s:b}", "a", 1);
        struct buf out = BUF_INIT(10000);
        struct err err = {0};

        json_object_set_new(value, "b", json_true());
        CHECK(!mustache_fill_text(&out, "test", cases[i].text, value, &err));
        CHECK_INT(cases[i].text, err.line, cases[i].line);
        if (!CHECK(strstr(err.text, cases[i].words)))
            fprintf(stderr, "  %s\n", err.text);
        buf_release(&out);
        json_decref(value);
    }
}

static void a_long_text_is_cut(void) {
    struct buf text = BUF_INIT(BUF_UNLIMITED), out = BUF_INIT(BUF_UNLIMITED);
    json_t *value;

    for (size_t i = 0; i < 200000; i++)
        buf_addc(&text, 'x');
    value = json_pack("{s:s}", "a", text.ptr);
    CHECK(mustache_fill_text(&out, "test", "{{a}}", value, NULL));
    CHECK(out.len < 100100 && strstr(out.ptr, "(100000 more bytes)"));
    buf_release(&text);
    buf_release(&out);
    json_decref(value);
}

/* In a template all sections are closed in their order, and what it includes is there. */
static void our_templates_are_whole(void) {
    size_t count = 0;

    for (const struct file_within *f = report_templates; f->path; f++) {
        const char *open[16], *at = f->bytes;
        size_t depth = 0;

        if (!strstr(f->path, ".html") && !strstr(f->path, ".svg"))
            continue;
        count++;
        while ((at = strstr(at, "{{"))) {
            char kind = at[2], name[64];
            size_t len = strcspn(at + 3, "}");

            snprintf(name, sizeof(name), "%.*s", (int)len, at + 3);
            if ((kind == '#' || kind == '^') && depth < ARRAY_LEN(open))
                open[depth++] = at + 3;
            else if (kind == '/' && CHECK(depth > 0) &&
                     !CHECK(strncmp(open[--depth], name, len) == 0 &&
                            open[depth][len] == '}'))
                fprintf(stderr, "  %s: {{/%s}}\n", f->path, name);
            else if (kind == '>' && !CHECK(mustache_template(name)))
                fprintf(stderr, "  %s: {{>%s}}\n", f->path, name);
            at += 2;
        }
        if (!CHECK(depth == 0))
            fprintf(stderr, "  %s: %zu sections stay open\n", f->path, depth);
    }
    CHECK(count > 10);
}

int main(void) {
    each_tag_writes_what_it_should();
    what_is_broken_names_its_line();
    a_long_text_is_cut();
    our_templates_are_whole();
    return check_result();
}
