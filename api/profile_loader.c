/* In: nodes of a profile's YAML. Out: their texts, with the environment's put in, or what is
 * wrong with them. */
#include "api/profile_loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

void profile_bad(struct profile_loader *l, const struct yaml_node *n, const char *fmt,
                 ...) {
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    l->ok = diags_add(l->diags, l->doc->source, n->line, n->column, "%s", text);
}

/* Text with ${env:NAME} put in; NULL after an error was recorded. */
char *profile_text(struct profile_loader *l, const struct yaml_node *n,
                   const char *key) {
    struct buf out = BUF_INIT(1 << 16);
    const char *at = n->text, *open;

    if (n->kind != YAML_NODE_TEXT || n->len == 0 || memchr(n->text, '\0', n->len)) {
        l->ok = yaml_node_wrong(l->doc, n, key, "text, and not an empty one", l->diags);
        return NULL;
    }
    while ((open = strstr(at, "${env:"))) {
        const char *close = strchr(open, '}');
        const char *value;
        char *name;

        if (!close) {
            profile_bad(l, n, "%s: \"${env:\" without its \"}\"", key);
            buf_release(&out);
            return NULL;
        }
        name = mem_strndup(open + 6, (size_t)(close - open - 6));
        value = getenv(name);
        if (!value || !*value) {
            profile_bad(l, n, "%s: the environment variable %.60s is %s", key, name,
                        value ? "empty" : "not set");
            free(name);
            buf_release(&out);
            return NULL;
        }
        free(name);
        buf_add(&out, at, (size_t)(open - at));
        buf_adds(&out, value);
        at = close + 1;
    }
    buf_adds(&out, at);
    return buf_take(&out, NULL);
}

bool profile_only(struct profile_loader *l, const struct yaml_node *map,
                  const char *key, const char *const *words, size_t count) {
    if (map->kind != YAML_NODE_MAP)
        return l->ok = yaml_node_wrong(l->doc, map, key, "a mapping", l->diags);
    if (!yaml_node_only(l->doc, map, words, count, l->diags))
        l->ok = false;
    return true;
}
