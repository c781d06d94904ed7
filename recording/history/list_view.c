/* An answered list comes in. Its items by name go out, and whether it shows all there
 * is. */
#include "recording/history/list_view.h"

#include <stdlib.h>

#include "core/jsonx.h"
#include "recording/history/name_tokens.h"

void list_view_read(struct list_view *v, const struct histories *s,
                    const struct interaction *list) {
    json_t *body = jsonx_body(&list->x->response);
    const json_t *data = json_object_get(body, "data");

    *v = (struct list_view){.items = json_object()};
    v->complete = !list->key.cursor && json_is_array(data) &&
                  !json_is_true(json_object_get(body, "has_more"));
    for (size_t i = 0; i < json_array_size(data); i++) {
        json_t *item = json_array_get(data, i);
        const char *text = jsonx_string(item, "name", "");
        char *plain = name_tokens_plain(s->name_tokens, text);
        const char *name = plain ? plain : text;

        v->twice = v->twice || json_object_get(v->items, name);
        json_object_set_nocheck(v->items, name, item);
        free(plain);
    }
    json_decref(body);
}

void list_view_release(struct list_view *v) {
    json_decref(v->items);
    v->items = NULL;
}
