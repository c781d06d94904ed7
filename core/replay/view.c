#include "core/replay/view.h"

#include <stdlib.h>

#include "core/jsonx.h"
#include "core/replay/names.h"

void view_read(struct view *v, const struct stories *s, const struct tale *list) {
    json_t *body = jsonx_body(&list->x->response);
    const json_t *data = json_object_get(body, "data");

    *v = (struct view){.items = json_object()};
    v->complete = !list->asked.cursor && json_is_array(data) &&
                  !json_is_true(json_object_get(body, "has_more"));
    for (size_t i = 0; i < json_array_size(data); i++) {
        json_t *item = json_array_get(data, i);
        const char *text = jsonx_string(item, "name", "");
        char *plain = names_plain(s->plain_names, text);
        const char *name = plain ? plain : text;

        v->twice = v->twice || json_object_get(v->items, name);
        json_object_set_nocheck(v->items, name, item);
        free(plain);
    }
    json_decref(body);
}

void view_release(struct view *v) {
    json_decref(v->items);
    v->items = NULL;
}
