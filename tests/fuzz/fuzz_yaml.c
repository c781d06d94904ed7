/* YAML: a document that is read has a place for each node; one that is not has a
 * reason. */
#include "core/yaml.h"
#include "fuzz.h"

static void has_places(const struct ynode *n) {
    HOLDS(n->line > 0 && n->column > 0);
    for (size_t i = 0; i < n->count; i++) {
        has_places(n->items[i]);
        if (n->keys)
            HOLDS(n->keys[i]->kind == YNODE_TEXT);
    }
}

static bool count_document(struct ydoc *doc, void *context) {
    size_t *count = context;

    ydoc_free(doc);
    return ++*count < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct yaml_limits limits = {1 << 20, 16, 2000, false};
    struct diags diags = {0};
    struct ydoc *doc = ydoc_parse("fuzz", (const char *)data, size, &limits, &diags);
    size_t documents = 0;

    if (doc) {
        json_t *tree = ynode_to_json(doc->root);

        HOLDS(diags.count == 0);
        if (doc->root->kind != YNODE_NULL)
            has_places(doc->root);
        HOLDS(tree);
        HOLDS(ynode_at(doc->root, "/cases/0/id"));
        json_decref(tree);
    } else {
        HOLDS(diags.count > 0);
    }
    diags_release(&diags);
    ydoc_free(doc);
    if (!ydoc_each("fuzz", (const char *)data, size, &limits, &diags, count_document,
                   &documents))
        HOLDS(diags.count > 0 || documents == 1000);
    diags_release(&diags);
    return 0;
}
