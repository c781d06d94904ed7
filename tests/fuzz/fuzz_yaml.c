/* YAML: a document that is read has a place for each node; one that is not has a
 * reason. Both readers of it agree. */
#include "core/yaml.h"
#include "fuzz.h"

#include <string.h>

static void has_places(const struct yaml_node *n) {
    HOLDS(n->line > 0 && n->column > 0);
    for (size_t i = 0; i < n->count; i++) {
        has_places(n->items[i]);
        if (n->keys)
            HOLDS(n->keys[i]->kind == YAML_NODE_TEXT);
    }
}

static void are_equal(const struct yaml_node *a, const struct yaml_node *b) {
    HOLDS(a->kind == b->kind && a->line == b->line && a->column == b->column);
    HOLDS(a->quoted == b->quoted && a->integer == b->integer && a->count == b->count);
    HOLDS(a->len == b->len && (!a->len || memcmp(a->text, b->text, a->len) == 0));
    for (size_t i = 0; i < a->count; i++) {
        are_equal(a->items[i], b->items[i]);
        if (a->keys)
            are_equal(a->keys[i], b->keys[i]);
    }
}

enum { MAX_DOCUMENTS = 200 };

struct documents_read {
    struct yaml_doc *items[MAX_DOCUMENTS];
    size_t count;
};

static bool keep_document(struct yaml_doc *doc, void *context) {
    struct documents_read *d = context;

    d->items[d->count++] = doc;
    return d->count < MAX_DOCUMENTS;
}

static void readers_agree(const char *text, size_t size, struct yaml_limits limits) {
    struct documents_read quick = {.count = 0}, thorough = {.count = 0};
    struct diags diags = {0}, more = {0};

    yaml_doc_each("fuzz", text, size, &limits, &diags, keep_document, &quick);
    limits.thorough = true;
    yaml_doc_each("fuzz", text, size, &limits, &more, keep_document, &thorough);
    HOLDS(!diags.count == !more.count);
    HOLDS(diags.count || quick.count == thorough.count); /* libyaml reads ahead */
    for (size_t i = 0; i < quick.count && i < thorough.count; i++)
        are_equal(quick.items[i]->root, thorough.items[i]->root);
    for (size_t i = 0; i < quick.count; i++)
        yaml_doc_free(quick.items[i]);
    for (size_t i = 0; i < thorough.count; i++)
        yaml_doc_free(thorough.items[i]);
    diags_release(&diags);
    diags_release(&more);
}

static bool count_document(struct yaml_doc *doc, void *context) {
    size_t *count = context;

    yaml_doc_free(doc);
    return ++*count < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct yaml_limits limits = {1 << 20, 16, 2000, false, false};
    struct diags diags = {0};
    struct yaml_doc *doc =
        yaml_doc_parse("fuzz", (const char *)data, size, &limits, &diags);
    size_t documents = 0;

    readers_agree((const char *)data, size, limits);
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
