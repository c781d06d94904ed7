/* An expectation comes in as YAML. Whether it is well formed goes out, with an error for each
 * place where it is not. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/match_check.h"

#include <pcre2.h>
#include <string.h>

#include "core/matcher.h"
#include "core/regex.h"
#include "core/str.h"

static bool is_variable(const struct yaml_node *n) {
    return n->kind == YAML_NODE_TEXT && strstr(n->text, "${");
}

static bool check_near(const struct yaml_doc *doc, const struct yaml_node *n,
                       struct diags *diags) {
    static const char *const words[] = {"to", "within"};
    bool ok = true;

    if (n->kind != YAML_NODE_MAP)
        return yaml_node_wrong(doc, n, "$near", "{to: N, within: N}", diags);
    ok = yaml_node_only(doc, n, words, ARRAY_LEN(words), diags);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct yaml_node *v = yaml_node_get(n, words[i]);

        if (!v || (v->kind != YAML_NODE_INT && !is_variable(v)))
            ok = yaml_node_wrong(doc, v ? v : n, words[i], "an integer", diags);
    }
    return ok;
}

static bool check_regex(const struct yaml_doc *doc, const struct yaml_node *n,
                        struct diags *diags) {
    PCRE2_UCHAR text[120];
    pcre2_code *code;
    size_t offset;
    int error;

    if (n->kind != YAML_NODE_TEXT)
        return yaml_node_wrong(doc, n, "$match", "a regular expression", diags);
    if (is_variable(n))
        return true;
    code = regex_compile(n->text, n->len, &error, &offset);
    if (!code) {
        pcre2_get_error_message(error, text, ARRAY_LEN(text));
        return diags_add(diags, doc->source, n->line, n->column,
                         "$match: %s at character %zu", (const char *)text, offset + 1);
    }
    pcre2_code_free(code);
    return true;
}

static bool check_type(const struct yaml_doc *doc, const struct yaml_node *n,
                       struct diags *diags) {
    static const char *const types[] = {"string", "integer", "number", "boolean",
                                        "null",   "array",   "object"};
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (yaml_node_is(n, types[i]))
            return true;
    near = n->text ? str_nearest(n->text, types, ARRAY_LEN(types)) : NULL;
    if (n->kind == YAML_NODE_NULL && n->len)
        return diags_add(diags, doc->source, n->line, n->column,
                         "$type: write \"null\" in quotes");
    yaml_node_wrong(
        doc, n, "$type",
        near ? near : "string, integer, number, boolean, \"null\", array or object",
        diags);
    return false;
}

static bool check_operand(const struct yaml_doc *doc, const struct matcher *m,
                          const struct yaml_node *n, struct diags *diags) {
    switch (m->operand) {
    case OPERAND_TYPE:
        return check_type(doc, n, diags);
    case OPERAND_TRUE:
        return n->kind == YAML_NODE_BOOL ||
               yaml_node_wrong(doc, n, m->word, "true or false", diags);
    case OPERAND_LIST:
        if (is_variable(n))
            return true;
        if (n->kind != YAML_NODE_LIST)
            return yaml_node_wrong(doc, n, m->word, "a list", diags);
        return match_check(doc, n, diags);
    case OPERAND_EXPECT:
        return match_check(doc, n, diags);
    case OPERAND_REGEX:
        return check_regex(doc, n, diags);
    case OPERAND_TEXT:
        return n->kind == YAML_NODE_TEXT ||
               yaml_node_wrong(doc, n, m->word, "text", diags);
    case OPERAND_NEAR:
        return check_near(doc, n, diags);
    case OPERAND_NUMBER:
        return n->kind == YAML_NODE_INT || is_variable(n) ||
               yaml_node_wrong(doc, n, m->word, "an integer", diags);
    case OPERAND_ANY:
        return true;
    }
    return true;
}

static bool unknown_matcher(const struct yaml_doc *doc, const struct yaml_node *key,
                            struct diags *diags) {
    const char *words[MATCHERS], *near;

    for (size_t i = 0; i < MATCHERS; i++)
        words[i] = matchers[i].word;
    near = str_nearest(key->text, words, ARRAY_LEN(words));
    return diags_add(diags, doc->source, key->line, key->column,
                     "unknown matcher \"%.60s\"%s%s%s", key->text,
                     near ? "; did you mean \"" : "", near ? near : "",
                     near ? "\"?" : "");
}

static bool check_map(const struct yaml_doc *doc, const struct yaml_node *want,
                      struct diags *diags) {
    size_t dollars = 0;
    bool ok = true;

    for (size_t i = 0; i < want->count; i++)
        dollars += want->keys[i]->text[0] == '$';
    for (size_t i = 0; i < want->count; i++) {
        const struct yaml_node *key = want->keys[i];
        const struct matcher *m = matcher_find(key->text);

        if (key->text[0] != '$') {
            if (dollars)
                ok = diags_add(
                    diags, doc->source, key->line, key->column,
                    "\"%.60s\" stands beside a matcher: a mapping holds either "
                    "members or $ matchers",
                    key->text);
            else
                ok = match_check(doc, want->items[i], diags) && ok;
        } else if (!m) {
            ok = unknown_matcher(doc, key, diags);
        } else {
            ok = check_operand(doc, m, want->items[i], diags) && ok;
        }
    }
    return ok;
}

bool match_check(const struct yaml_doc *doc, const struct yaml_node *want,
                 struct diags *diags) {
    bool ok = true;

    if (want->kind == YAML_NODE_MAP)
        return check_map(doc, want, diags);
    if (want->kind == YAML_NODE_LIST)
        for (size_t i = 0; i < want->count; i++)
            ok = match_check(doc, want->items[i], diags) && ok;
    return ok;
}
