/* The key `judge` of a step comes in. What the model is asked, and which other readings are
 * lawful, go out. */
#include "core/match.h"
#include "core/match_check.h"
#include "harness/spec/spec_load.h"

static bool reading_ok(struct spec_loader *l, const struct yaml_node *n) {
    static const char *const words[] = {"as_if", "expect"};

    if (yaml_node_is(n, "refused") || yaml_node_is(n, "anything"))
        return true;
    if (n->kind != YAML_NODE_MAP || n->count != 1)
        return yaml_node_wrong(l->doc, n, "lawful",
                               "refused, anything, {as_if: {..}} or {expect: {..}}",
                               l->diags);
    if (!yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags))
        return false;
    check_variables(l, n->items[0]);
    if (yaml_node_get(n, "expect"))
        match_check(l->doc, n->items[0], l->diags);
    return true;
}

void load_judge(struct spec_loader *l, const struct yaml_node *n, struct step *s) {
    static const char *const words[] = {"id", "clause", "lawful", "hidden"};
    const struct yaml_node *id = n->kind == YAML_NODE_MAP ? yaml_node_get(n, "id") : n,
                           *lawful = yaml_node_get(n, "lawful"), *v;

    if (n->kind == YAML_NODE_MAP)
        yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    if (!id || id->kind != YAML_NODE_TEXT || !id->len) {
        yaml_node_wrong(l->doc, id ? id : n, "judge", "the id of the check", l->diags);
        return;
    }
    if (l->in_given)
        loader_error(l, n, "`given` has no checks: it must succeed");
    s->judge = loader_text(l, id->text);
    s->judge_place = n;
    if ((v = yaml_node_get(n, "clause")) && load_clause_of(l, n, v))
        s->judge_clause = loader_text(l, v->text);
    if ((v = yaml_node_get(n, "hidden")) && v->text)
        s->hidden = loader_text(l, v->text);
    if (!lawful)
        return;
    if (lawful->kind != YAML_NODE_LIST || lawful->count > 8) {
        yaml_node_wrong(l->doc, lawful, "lawful", "a list of at most 8", l->diags);
        return;
    }
    for (size_t i = 0; i < lawful->count; i++)
        if (!reading_ok(l, lawful->items[i]))
            return;
    s->lawful = loader_tree(l, lawful);
}
