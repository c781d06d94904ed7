/* What comes in: a cause and its symptoms. What goes out: one plain sentence, the check
 * to look at first, and the entry of the result document. */
#include "harness/causes/cause.h"

#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"

/* Fewer requests are easier to follow; one of the cause's own clause says what it is. */
static int64_t difficulty(const struct cause *c, const struct symptom *one) {
    bool own = strcmp(one->clause, c->clause) == 0;
    size_t sent = json_array_size(json_object_get(one->check, "transcript"));
    bool shown = json_array_size(json_object_get(one->check, "mismatches")) > 0;
    bool idle = one->kind == SYMPTOM_OTHER && !sent; /* it was not even asked */

    return (one->kind == SYMPTOM_FAILED ? 0 : 100000) + (idle ? 50000 : 0) +
           (own ? 0 : 10000) + (shown ? 0 : 1000) + (int64_t)sent;
}

size_t cause_first(const struct cause *c, size_t index, const struct symptoms *s) {
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].cause == index &&
            (best == SIZE_MAX ||
             difficulty(c, &s->items[i]) < difficulty(c, &s->items[best])))
            best = i;
    return best;
}

/* "/body/expires_at" is expires_at, "/body/error/type" error.type, "/body/data/3/name"
 * data.name; a place that names nothing stays a pointer. */
static void add_place_name(struct buf *out, const char *pointer) {
    const char *at = strncmp(pointer, "/body/", 6) == 0 ? pointer + 5 : pointer;
    size_t before = out->len;

    while (*at == '/') {
        size_t len = strcspn(++at, "/");

        if (strspn(at, "0123456789") < len) {
            if (out->len > before)
                buf_addc(out, '.');
            buf_add(out, at, len);
        }
        at += len;
    }
    if (out->len == before)
        buf_adds(out, *pointer ? pointer : "the answer");
}

static void add_short(struct buf *out, const char *text) {
    size_t len = strlen(text), max = *text == '[' || *text == '{' ? 16 : 60;

    buf_add(out, text, len > max ? max : len);
    if (len > max)
        buf_adds(out, "..");
}

/* "find: status is 200, wanted 404; not so: a name that was never set is 404" */
static json_t *sentence_of(const struct symptom *one, const struct symptoms *s) {
    const json_t *m = json_array_get(json_object_get(one->check, "mismatches"), 0);
    struct buf out = BUF_INIT(4096);
    json_t *text;

    if (m) {
        const char *pointer = jsonx_string(m, "pointer", "");

        buf_addf(&out, "%s: ", symptom_call(s, one->check));
        add_place_name(&out, pointer);
        buf_adds(&out, " is ");
        add_short(&out, jsonx_string(m, "got", ""));
        buf_adds(&out, ", wanted ");
        add_short(&out, jsonx_string(m, "expected", ""));
        if (*jsonx_string(one->check, "title", ""))
            buf_addf(&out, "; not so: %s", jsonx_string(one->check, "title", ""));
    } else {
        const char *reason = jsonx_string(one->check, "reason", NULL);

        buf_adds(&out, reason ? reason : jsonx_string(one->check, "title", one->id));
    }
    text = jsonx_text(out.ptr, out.len);
    buf_release(&out);
    return text;
}

/* "list is not offered (..); if that is meant: without: [list]" */
static json_t *absence_of(const struct cause *c) {
    bool credential = strchr(c->lacks, ' ');

    return json_sprintf("%s is not offered: %s (%s%s%s)", c->lacks, c->saw,
                        credential ? "if it has none, leave it out of the profile"
                                   : "if that is meant, in the profile: without: [",
                        credential ? "" : c->lacks, credential ? "" : "]");
}

/* "the target went away while it answered GET /v1/apps/secrets/find, or one of 2 more" */
static json_t *departure_of(const struct symptoms *s, size_t index, size_t first) {
    const json_t *sent = json_object_get(s->items[first].check, "transcript"),
                 *last = json_array_get(sent, json_array_size(sent) - 1);
    const char *url = jsonx_string(last, "url", ""), *path = strstr(url, "://");
    size_t open = 0;

    path = path ? strchr(path + 3, '/') : NULL;
    for (size_t i = 0; i < s->count; i++)
        open += s->items[i].cause == index && i != first &&
                json_array_size(json_object_get(s->items[i].check, "transcript")) > 0;
    if (!path)
        return json_string("the target went away");
    return open ? json_sprintf("the target went away while it answered %s %.*s, or one "
                               "of %zu more",
                               jsonx_string(last, "method", ""),
                               (int)strcspn(path, "?"), path, open)
                : json_sprintf("the target went away while it answered %s %.*s",
                               jsonx_string(last, "method", ""),
                               (int)strcspn(path, "?"), path);
}

static const char *level_of(const struct cause *c, const struct symptoms *s) {
    const struct clause *k =
        s->catalogue ? catalogue_clause(s->catalogue, c->clause) : NULL;

    return k ? level_name(k->level) : "must";
}

json_t *cause_json(const struct cause *c, size_t index, const struct symptoms *s) {
    static const char *const words[] = {"certain", "likely", "guess"};
    size_t first = cause_first(c, index, s);
    json_t *checks = json_array(), *title, *basis;

    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].cause == index)
            json_array_append_new(checks, json_string(s->items[i].id));
    title = c->lacks                 ? absence_of(c)
            : c->went_away           ? departure_of(s, index, first)
            : c->known && !c->unlike ? json_string(c->known->about)
                                     : sentence_of(&s->items[first], s);
    basis = c->known && !c->unlike ? json_sprintf("known defect %s", c->known->name)
                                   : json_string("like mismatch");
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:s*}", "id", "",
                     "clause", c->clause, "level", level_of(c, s), "title", title,
                     "checks", checks, "first", s->items[first].id, "basis", basis,
                     "confidence", words[c->confidence], "lacks", c->lacks);
}
