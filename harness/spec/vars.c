/* A text or a tree with `${name}` in it comes in. The same with the values put in goes
 * out, or the name that is missing. */
#include "harness/spec/vars.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"

void vars_set(struct vars *v, const char *name, json_t *value) {
    if (!v->map)
        v->map = json_object();
    json_object_set(v->map, name, value);
}

/* New, or NULL. */
static json_t *get(const struct vars *v, const char *name) {
    json_t *value = json_object_get(v->map, name);
    const char *dot = strchr(name, '.');
    json_t *found;

    if (value)
        return json_incref(value);
    if (dot) {
        char *first = mem_strndup(name, (size_t)(dot - name));

        value = json_object_get(v->map, first);
        free(first);
        if (value)
            return json_incref(json_object_get(value, dot + 1));
    }
    found = v->more ? v->more(v->context, name) : NULL;
    return found;
}

/* The next `${name}` or `${name?}` at or after `text`; NULL if none. *name is for
 * free(). */
static const char *next_variable(const char *text, char **name, bool *optional,
                                 const char **after) {
    const char *open = strstr(text, "${"), *close = open ? strchr(open, '}') : NULL;

    if (!close)
        return NULL;
    *optional = close[-1] == '?';
    *name = mem_strndup(open + 2, (size_t)(close - open - 2 - *optional));
    *after = close + 1;
    return open;
}

static bool add_as_text(struct buf *out, const json_t *value) {
    if (json_is_string(value))
        return buf_add(out, json_string_value(value), json_string_length(value));
    return jsonx_add(out, value);
}

static json_t *fill_text(const struct vars *v, const json_t *tree, char missing[64]) {
    const char *text = json_string_value(tree), *at = text, *open, *after;
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    json_t *filled;
    bool optional;
    char *name;

    while ((open = next_variable(at, &name, &optional, &after))) {
        json_t *value = get(v, name);

        if (!value && optional)
            value = json_null();
        if (!value) {
            snprintf(missing, 64, "%.63s", name);
            free(name);
            buf_release(&out);
            return NULL;
        }
        free(name);
        if (open == text && *after == '\0') {
            buf_release(&out);
            return value;
        }
        buf_add(&out, at, (size_t)(open - at));
        add_as_text(&out, value);
        json_decref(value);
        at = after;
    }
    buf_adds(&out, at);
    filled = jsonx_text(out.ptr, out.len);
    buf_release(&out);
    return filled;
}

static bool has_variable(const json_t *tree) {
    json_t *object = (json_t *)(uintptr_t)tree;
    bool has = false;

    if (json_is_string(tree))
        return strlen(json_string_value(tree)) == json_string_length(tree) &&
               strstr(json_string_value(tree), "${");
    for (size_t i = 0; !has && json_is_array(tree) && i < json_array_size(tree); i++)
        has = has_variable(json_array_get(tree, i));
    for (void *i = json_object_iter(object); !has && i;
         i = json_object_iter_next(object, i))
        has = has_variable(json_object_iter_value(i));
    return has;
}

json_t *vars_fill(const struct vars *v, const json_t *tree, char missing[64]) {
    json_t *copy, *part;

    if (!has_variable(tree))
        return json_incref((json_t *)(uintptr_t)tree);
    if (json_is_string(tree))
        return fill_text(v, tree, missing);
    if (json_is_array(tree)) {
        copy = json_array();
        for (size_t i = 0; i < json_array_size(tree); i++) {
            part = vars_fill(v, json_array_get(tree, i), missing);
            if (!part)
                goto fail;
            json_array_append_new(copy, part);
        }
        return copy;
    }
    if (json_is_object(tree)) {
        json_t *object = (json_t *)(uintptr_t)tree;

        copy = json_object();
        for (void *i = json_object_iter(object); i;
             i = json_object_iter_next(object, i)) {
            part = vars_fill(v, json_object_iter_value(i), missing);
            if (!part)
                goto fail;
            json_object_setn_new(copy, json_object_iter_key(i),
                                 json_object_iter_key_len(i), part);
        }
        return copy;
    }
    return NULL;
fail:
    json_decref(copy);
    return NULL;
}

void vars_release(struct vars *v) {
    json_decref(v->map);
    v->map = NULL;
}

bool vars_names(const json_t *tree, bool (*each)(const char *name, void *context),
                void *context) {
    json_t *object = (json_t *)(uintptr_t)tree;
    bool ok = true;

    if (json_is_string(tree)) {
        const char *at = json_string_value(tree);
        bool optional;
        char *name;

        while (ok && next_variable(at, &name, &optional, &at)) {
            ok = each(name, context);
            free(name);
        }
    }
    for (size_t i = 0; ok && json_is_array(tree) && i < json_array_size(tree); i++)
        ok = vars_names(json_array_get(tree, i), each, context);
    for (void *i = json_object_iter(object); ok && i;
         i = json_object_iter_next(object, i))
        ok = vars_names(json_object_iter_value(i), each, context);
    return ok;
}
