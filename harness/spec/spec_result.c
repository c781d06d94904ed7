/* In: the expectations and saved places of a step. Out: errors where they look for a member
 * that its result never has: an expectation of it would tell nothing. */
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/str.h"
#include "harness/spec/spec_load.h"

/* docs/spec-language.md, "The result of a step" */
static const struct members {
    enum verb verb;
    const char *names[12];
} members[] = {
    {VERB_CALL, {"status", "headers", "body", "text", "sent", "ms", "failure"}},
    {VERB_REQUEST, {"status", "headers", "body", "text", "ms", "failure"}},
    {VERB_WALK,
     {"status", "names", "ids", "items", "sizes", "has_more", "pages", "foreign",
      "ended", "failure"}},
    {VERB_WAIT, {"status"}},
    {VERB_PARALLEL, {"results", "headers", "linearizable", "explanation"}},
};

static size_t words_of(enum verb verb, const char *const **words) {
    size_t count = 0;

    *words = members[0].names;
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (members[i].verb == verb)
            *words = members[i].names;
    while (count < ARRAY_LEN(members[0].names) && (*words)[count])
        count++;
    return count;
}

static bool is_known(enum verb verb, const char *name, size_t len) {
    const char *const *words;
    size_t count = words_of(verb, &words);

    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
            return true;
    return false;
}

static void tell_unknown(struct spec_loader *l, const struct yaml_node *at,
                         enum verb verb, const char *name) {
    const char *const *words;
    size_t count = words_of(verb, &words);
    const char *near = str_nearest(name, words, count);
    struct buf all = BUF_INIT(1024);

    for (size_t i = 0; i < count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", words[i]);
    loader_error(l, at, "the result of this step has no \"%.40s\"%s%s%s (it has %s)",
                 name, near ? "; did you mean \"" : "", near ? near : "",
                 near ? "\"?" : "", all.ptr);
    buf_release(&all);
}

static void check_header_name(struct spec_loader *l, const struct yaml_node *at,
                              const char *name) {
    for (const char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z') {
            loader_error(l, at,
                         "header \"%.60s\": the names in a result are in small letters",
                         name);
            return;
        }
}

static void check_headers(struct spec_loader *l, const struct yaml_node *n) {
    for (size_t i = 0; n->kind != YAML_NODE_TEXT && i < n->count; i++) {
        if (n->kind == YAML_NODE_MAP && n->keys[i]->text[0] != '$')
            check_header_name(l, n->keys[i], n->keys[i]->text);
        else
            check_headers(l, n->items[i]); /* of a matcher, or one of a list */
    }
}

/* The results of a parallel block are lists of lists of those of its steps. */
static void check_nested(struct spec_loader *l, const struct yaml_node *n) {
    for (size_t i = 0; n->kind != YAML_NODE_TEXT && i < n->count; i++) {
        const char *key = n->kind == YAML_NODE_MAP ? n->keys[i]->text : "$";

        if (*key == '$')
            check_nested(l, n->items[i]);
        else if (strcmp(key, "headers") == 0)
            check_headers(l, n->items[i]);
        else if (!is_known(VERB_CALL, key, strlen(key)) &&
                 !is_known(VERB_WALK, key, strlen(key)))
            tell_unknown(l, n->keys[i], VERB_CALL, key);
    }
}

void check_result_members(struct spec_loader *l, enum verb verb,
                          const struct yaml_node *expect) {
    for (size_t i = 0; expect->kind != YAML_NODE_TEXT && i < expect->count; i++) {
        const char *key = expect->kind == YAML_NODE_MAP ? expect->keys[i]->text : "$";

        if (*key == '$')
            check_result_members(l, verb, expect->items[i]);
        else if (!is_known(verb, key, strlen(key)))
            tell_unknown(l, expect->keys[i], verb, key);
        else if (strcmp(key, "headers") == 0)
            check_headers(l, expect->items[i]);
        else if (strcmp(key, "results") == 0)
            check_nested(l, expect->items[i]);
    }
}

void check_result_pointer(struct spec_loader *l, enum verb verb,
                          const struct yaml_node *at) {
    size_t len = strcspn(at->text + 1, "/");
    char name[64];

    if (!is_known(verb, at->text + 1, len)) {
        snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60), at->text + 1);
        tell_unknown(l, at, verb, name);
    } else if (strncmp(at->text, "/headers/", 9) == 0) {
        check_header_name(l, at, at->text + 9);
    }
}
