/* The body of an answer comes in. The objects with an id in it go out, and whether an
 * id stands inside another text. */
#include "recording/embedded_ids.h"

#include <string.h>

#include "core/jsonx.h"

enum { MAX_IDS = 200 };

const json_t *embedded_ids_object(const json_t *body, size_t n) {
    bool own = jsonx_string(body, "id", NULL) != NULL;

    if (own && n == 0)
        return body;
    return json_array_get(json_object_get(body, "data"), n - own);
}

static bool mentions(const json_t *value, const char *key, const char *id) {
    const char *member;
    json_t *one;
    size_t i;

    if (json_is_string(value))
        return strcmp(key, "id") != 0 && strstr(json_string_value(value), id);
    json_object_foreach((json_t *)(uintptr_t)value, member, one)
        if (mentions(one, member, id))
            return true;
    json_array_foreach(value, i, one)
        if (mentions(one, key, id))
            return true;
    return false;
}

bool embedded_ids_any(const json_t *body) {
    const json_t *object;

    for (size_t n = 0; n < MAX_IDS && (object = embedded_ids_object(body, n)); n++) {
        const char *id = jsonx_string(object, "id", "");

        if (*id && mentions(body, "", id))
            return true;
    }
    return false;
}
