/* A result document comes in. Its checks, clauses and places in the page go out by their ids,
 * for what makes the values of the templates. */
#include "reports/view.h"

#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/text.h"

enum { ANCHOR_BYTES = 300 };

/* An id as a fragment of a URL needs it: what is odd in it becomes _. */
static json_t *anchor_for(const char *id, json_t *taken) {
    struct buf out = BUF_INIT(ANCHOR_BYTES + 20);
    json_t *text;

    for (const char *p = id; *p && out.len < ANCHOR_BYTES; p++)
        buf_addc(&out, str_is_word_char(*p) || *p == '/' || *p == '.' ? *p : '_');
    if (!strchr(out.ptr, '/')) /* those without are places of the page's own */
        buf_adds(&out, "/");
    if (json_object_get(taken, out.ptr))
        buf_addf(&out, "~%zu", json_object_size(taken));
    json_object_set_new(taken, out.ptr, json_true());
    text = json_string(out.ptr);
    buf_release(&out);
    return text;
}

static const char *base_name(const char *path) {
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path;
}

static json_t *by_id(const json_t *items) {
    json_t *map = json_object();

    for (size_t i = 0; i < json_array_size(items); i++)
        json_object_set(map, text_of(json_array_get(items, i), "id"),
                        json_array_get(items, i));
    return map;
}

void view_open(struct view *v, const json_t *results, const struct report_options *o) {
    const json_t *checks = json_object_get(results, "checks");
    json_t *taken = json_object();

    *v = (struct view){.results = results,
                       .options = o,
                       .file = base_name(o->results),
                       .checks = by_id(checks),
                       .clauses = by_id(json_object_get(results, "clauses")),
                       .anchors = json_object(),
                       .shown_rows = json_object(),
                       .calls = json_object()};
    if (!v->file || !*v->file)
        v->file = "results.json";
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *id = text_of(json_array_get(checks, i), "id");

        if (is_shown_failure(json_array_get(checks, i)))
            json_object_set_new(v->anchors, id, anchor_for(id, taken));
    }
    json_decref(taken);
}

void view_close(struct view *v) {
    json_decref(v->checks);
    json_decref(v->clauses);
    json_decref(v->anchors);
    json_decref(v->shown_rows);
    json_decref(v->calls);
}

void view_take(json_t *to, const json_t *from, const char *key) {
    json_t *value = json_object_get(from, key);

    if (value)
        json_object_set(to, key, value);
}
