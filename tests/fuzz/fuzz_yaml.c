/* YAML: a document that is read has a place for each node; one that is not has a
 * reason. */
#include "core/yaml.h"
#include "fuzz.h"

static void has_places(const struct yaml_node *n) {
    HOLDS(n->line > 0 && n->column > 0);
    for (size_t i = 0; i < n->count; i++) {
        has_places(n->items[i]);
        if (n->keys)
            HOLDS(n->keys[i]->kind == YAML_NODE_TEXT);
    }
}

static bool count_document(struct yaml_doc *doc, void *context) {
    size_t *count = context;

    yaml_doc_free(doc);
    return ++*count < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct yaml_limits limits = {1 << 20, 16, 2000, false};
    struct diags diags = {0};
    struct yaml_doc *doc =
        yaml_doc_parse("fuzz", (const char *)data, size, &limits, &diags);
    size_t documents = 0;

    if (doc) {
        json_t *trie = yaml_node_to_json(doc->root);

        HOLDS(diags.count == 0);
        if (doc->root->kind != YAML_NODE_NULL)
            has_places(doc->root);
        HOLDS(trie);
        HOLDS(yaml_node_at(doc->root, "/cases/0/id"));
        json_decref(trie);
    } else {
        HOLDS(diags.count > 0);
    }
    diags_release(&diags);
    yaml_doc_free(doc);
    if (!yaml_doc_each("fuzz", (const char *)data, size, &limits, &diags,
                       count_document, &documents))
        HOLDS(diags.count > 0 || documents == 1000);
    diags_release(&diags);
    return 0;
}
