#include "core/replay/texture.h"

#include <string.h>

#include "core/str.h"

char *texture_dump(const json_t *value, const char *like, size_t like_len) {
    size_t flags = JSON_ENCODE_ANY, indent = 0;
    const char *line = memchr(like, '\n', like_len);

    if (line)
        for (line++; line < like + like_len && *line == ' '; line++)
            indent++;
    if (indent)
        flags |= JSON_INDENT(indent);
    else if (!str_find(like, like_len, "\": ", 3))
        flags |= JSON_COMPACT;
    if (str_find(like, like_len, "\\u", 2))
        flags |= JSON_ENSURE_ASCII;
    return json_dumps(value, flags);
}

static json_t *merge_list(const json_t *pattern, const json_t *item,
                          const json_t *value, bool exact) {
    bool own = json_array_size(pattern) > 0;
    const json_t *first = own ? json_array_get(pattern, 0) : item;
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *one = json_array_get(value, i);

        if (json_is_string(first))
            json_array_append(list, json_object_get(one, "id"));
        else if (first)
            json_array_append_new(list, texture_merge(first, NULL, one, own && exact));
        else
            json_array_append(list, (json_t *)(uintptr_t)one);
    }
    return list;
}

/* Members that another answer has for reasons of its own. */
static bool speaks_of_its_own(const char *key) {
    return strcmp(key, "user") == 0 || strcmp(key, "code") == 0 ||
           strcmp(key, "param") == 0;
}

json_t *texture_merge(const json_t *pattern, const json_t *item, const json_t *value,
                      bool exact) {
    json_t *out;

    if (json_is_array(pattern) && json_is_array(value))
        return merge_list(pattern, item, value, exact);
    if (!json_is_object(pattern) || !json_is_object(value))
        return json_incref((json_t *)(uintptr_t)value);
    out = json_object();
    for (void *i = json_object_iter((json_t *)(uintptr_t)pattern); i;
         i = json_object_iter_next((json_t *)(uintptr_t)pattern, i)) {
        const char *key = json_object_iter_key(i);
        const json_t *old = json_object_iter_value(i),
                     *now = json_object_get(value, key);
        bool dropped = !now && speaks_of_its_own(key);

        if (now)
            json_object_set_new(out, key, texture_merge(old, item, now, exact));
        else if (strcmp(key, "payload") == 0 && !json_is_null(old))
            continue; /* the pattern was asked to expand it */
        else if (!dropped)
            json_object_set(out, key, (json_t *)(uintptr_t)old);
    }
    /* what is asked for or says which scope, although the pattern had none */
    for (void *i = json_object_iter((json_t *)(uintptr_t)value); i;
         i = json_object_iter_next((json_t *)(uintptr_t)value, i)) {
        const char *key = json_object_iter_key(i);

        if (!exact && !json_object_get(out, key) &&
            (strcmp(key, "payload") == 0 || strcmp(key, "user") == 0 ||
             (strcmp(key, "expires_at") == 0 &&
              !json_is_null(json_object_iter_value(i)))))
            json_object_set(out, key, json_object_iter_value(i));
    }
    return out;
}
