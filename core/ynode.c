#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

static size_t find_key(const struct ynode *map, const char *key) {
    size_t len = strlen(key);

    if (!map || map->kind != YNODE_MAP)
        return SIZE_MAX;
    for (size_t i = 0; i < map->count; i++)
        if (map->keys[i]->len == len && memcmp(map->keys[i]->text, key, len) == 0)
            return i;
    return SIZE_MAX;
}

const struct ynode *ynode_get(const struct ynode *map, const char *key) {
    size_t i = find_key(map, key);

    return i == SIZE_MAX ? NULL : map->items[i];
}

/* "nothing", "true or false", "text", .. */
static const char *kind_name(enum ynode_kind kind) {
    static const char *const names[] = {"nothing", "true or false", "an integer",
                                        "text",    "a list",        "a mapping"};

    return names[kind];
}

bool ynode_is(const struct ynode *n, const char *text) {
    return n && n->kind == YNODE_TEXT && n->len == strlen(text) &&
           memcmp(n->text, text, n->len) == 0;
}

json_t *ynode_to_json(const struct ynode *n) {
    json_t *value = NULL;

    switch (n->kind) {
    case YNODE_NULL:
        return json_null();
    case YNODE_BOOL:
        return json_boolean(n->integer);
    case YNODE_INT:
        return json_integer(n->integer);
    case YNODE_TEXT:
        return jsonx_text(n->text, n->len);
    case YNODE_LIST:
        value = json_array();
        for (size_t i = 0; i < n->count; i++)
            json_array_append_new(value, ynode_to_json(n->items[i]));
        break;
    case YNODE_MAP:
        value = json_object();
        for (size_t i = 0; i < n->count; i++)
            json_object_setn_new(value, n->keys[i]->text, n->keys[i]->len,
                                 ynode_to_json(n->items[i]));
        break;
    }
    return value;
}

const struct ynode *ynode_at(const struct ynode *n, const char *pointer) {
    while (n && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        char *token = mem_strndup(pointer, len);
        const struct ynode *next = NULL;
        int64_t index;

        if (n->kind == YNODE_MAP)
            next = ynode_get(n, token);
        else if (n->kind == YNODE_LIST && str_to_int(token, len, &index) &&
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

bool ynode_only(const struct ydoc *doc, const struct ynode *map,
                const char *const *words, size_t count, struct diags *diags) {
    bool ok = true;

    for (size_t i = 0; i < map->count; i++) {
        const struct ynode *key = map->keys[i];
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

bool ynode_wrong(const struct ydoc *doc, const struct ynode *n, const char *key,
                 const char *wanted, struct diags *diags) {
    struct buf found = BUF_INIT(4096);

    if (n->kind == YNODE_TEXT) {
        buf_adds(&found, "text \"");
        str_add_visible(&found, n->text, n->len, 60);
        buf_adds(&found, "\"");
    } else if (n->kind == YNODE_INT || n->kind == YNODE_BOOL) {
        buf_addf(&found, "%s", n->text);
    } else {
        buf_adds(&found, kind_name(n->kind));
    }
    diags_add(diags, doc->source, n->line, n->column, "%s: expected %s, found %s", key,
              wanted, found.ptr);
    buf_release(&found);
    return false;
}
