/* A YAML node comes in. Its members, its JSON, or an error at its place go out. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

static size_t find_key(const struct yaml_node *map, const char *key) {
    size_t len = strlen(key);

    if (!map || map->kind != YAML_NODE_MAP)
        return SIZE_MAX;
    for (size_t i = 0; i < map->count; i++)
        if (map->keys[i]->len == len && memcmp(map->keys[i]->text, key, len) == 0)
            return i;
    return SIZE_MAX;
}

const struct yaml_node *yaml_node_get(const struct yaml_node *map, const char *key) {
    size_t i = find_key(map, key);

    return i == SIZE_MAX ? NULL : map->items[i];
}

/* "nothing", "true or false", "text", .. */
static const char *kind_name(enum ynode_kind kind) {
    static const char *const names[] = {"nothing", "true or false", "an integer",
                                        "text",    "a list",        "a mapping"};

    return names[kind];
}

bool yaml_node_is(const struct yaml_node *n, const char *text) {
    return n && n->kind == YAML_NODE_TEXT && n->len == strlen(text) &&
           memcmp(n->text, text, n->len) == 0;
}

json_t *yaml_node_to_json(const struct yaml_node *n) {
    json_t *value = NULL;

    switch (n->kind) {
    case YAML_NODE_NULL:
        return json_null();
    case YAML_NODE_BOOL:
        return json_boolean(n->integer);
    case YAML_NODE_INT:
        return json_integer(n->integer);
    case YAML_NODE_TEXT:
        return jsonx_text(n->text, n->len);
    case YAML_NODE_LIST:
        value = json_array();
        for (size_t i = 0; i < n->count; i++)
            json_array_append_new(value, yaml_node_to_json(n->items[i]));
        break;
    case YAML_NODE_MAP:
        value = json_object();
        for (size_t i = 0; i < n->count; i++)
            json_object_setn_new(value, n->keys[i]->text, n->keys[i]->len,
                                 yaml_node_to_json(n->items[i]));
        break;
    }
    return value;
}

const struct yaml_node *yaml_node_at(const struct yaml_node *n, const char *pointer) {
    while (n && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        char *token = mem_strndup(pointer, len);
        const struct yaml_node *next = NULL;
        int64_t index;

        if (n->kind == YAML_NODE_MAP)
            next = yaml_node_get(n, token);
        else if (n->kind == YAML_NODE_LIST && str_to_int(token, len, &index) &&
                 index >= 0 && (size_t)index < n->count)
            next = n->items[index];
        free(token);
        if (!next)
            break;
        n = next;
        pointer += len;
    }
    return n;
}

bool yaml_node_only(const struct yaml_doc *doc, const struct yaml_node *map,
                    const char *const *words, size_t count, struct diags *diags) {
    bool ok = true;

    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_node *key = map->keys[i];
        const char *near;
        size_t j = 0;

        while (j < count && strcmp(words[j], key->text) != 0)
            j++;
        if (j < count)
            continue;
        near = str_nearest(key->text, words, count);
        ok = diags_add(diags, doc->source, key->line, key->column,
                       "unknown key \"%.60s\"%s%s%s", key->text,
                       near ? "; did you mean \"" : "", near ? near : "",
                       near ? "\"?" : "");
    }
    return ok;
}

bool yaml_node_wrong(const struct yaml_doc *doc, const struct yaml_node *n,
                     const char *key, const char *wanted, struct diags *diags) {
    struct buf found = BUF_INIT(4096);

    if (n->kind == YAML_NODE_TEXT) {
        buf_adds(&found, "text \"");
        str_add_visible(&found, n->text, n->len, 60);
        buf_adds(&found, "\"");
    } else if (n->kind == YAML_NODE_INT || n->kind == YAML_NODE_BOOL) {
        buf_addf(&found, "%s", n->text);
    } else {
        buf_adds(&found, kind_name(n->kind));
    }
    diags_add(diags, doc->source, n->line, n->column, "%s: expected %s, found %s", key,
              wanted, found.ptr);
    buf_release(&found);
    return false;
}
