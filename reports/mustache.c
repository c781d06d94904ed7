/* A template and a JSON value come in. The template goes out with the texts of the value in
 * their places, escaped unless the template says otherwise. */
#include "reports/mustache.h"

#include <string.h>

#include "core/file_within.h"
#include "core/str.h"
#include "reports/text.h"

extern const struct file_within report_templates[]; /* the files in templates/ */

enum {
    DEPTH = 16,         /* sections and templates within each other */
    TEXT_BYTES = 100000 /* of one value; what is longer is cut, and says so */
};

struct filler {
    struct buf *out;
    const json_t *top;
    struct err *err;
};

/* A part of one template. */
struct part {
    const char *name, *begin; /* of the whole template */
    const char *at, *end;
    unsigned depth;
};

struct tag {
    char kind;        /* # ^ / > ! { or 0 */
    const char *open; /* its first brace */
    const char *name;
    size_t len;
    const char *after; /* behind its last brace */
    bool alone;        /* on its line */
};

const char *mustache_template(const char *name) {
    for (const struct file_within *f = report_templates; f->path; f++)
        if (strcmp(f->path, name) == 0)
            return f->bytes;
    return NULL;
}

static bool fault(const struct filler *f, const struct part *s, const char *at,
                  const char *what, const struct tag *t) {
    int line = 1;

    for (const char *p = s->begin; p < at; p++)
        line += *p == '\n';
    err_at(f->err, ERR_SYNTAX, line, 0, "%s {{%c%.*s}}", what, t->kind ? t->kind : ' ',
           (int)t->len, t->name);
    return err_in(f->err, s->name);
}

/* ---- tags ---- */

/* The next tag from `at` on; false = there is none. */
static bool next_tag(const char *at, const char *end, struct tag *t) {
    const char *open = str_find(at, (size_t)(end - at), "{{", 2), *close;
    bool raw;

    if (!open)
        return false;
    raw = open + 2 < end && open[2] == '{';
    close = str_find(open, (size_t)(end - open), raw ? "}}}" : "}}", raw ? 3 : 2);
    if (!close)
        return false;
    *t = (struct tag){.open = open, .name = open + 2, .after = close + (raw ? 3 : 2)};
    if (strchr("#^/>!{", *t->name))
        t->kind = *t->name++;
    while (*t->name == ' ')
        t->name++;
    t->len = (size_t)(close - t->name);
    while (t->len > 0 && t->name[t->len - 1] == ' ')
        t->len--;
    return true;
}

/* Is a tag that writes nothing itself alone on its line? Then the line is left out. */
static void widen_to_line(const struct part *s, struct tag *t) {
    const char *from = t->open, *to = t->after;

    if (!t->kind || t->kind == '{')
        return;
    while (from > s->begin && (from[-1] == ' ' || from[-1] == '\t'))
        from--;
    while (*to == ' ' || *to == '\t')
        to++;
    if ((from > s->begin && from[-1] != '\n') || (*to && *to != '\n'))
        return;
    if (from >= s->at)
        t->open = from;
    t->after = *to ? to + 1 : to;
    t->alone = true;
}

/* Behind the tag that closes section `t`; `inner` is what stands between. */
static bool find_close(const struct part *s, const struct tag *t, struct part *inner,
                       const char **after) {
    unsigned open = 1;
    struct tag other;

    *inner = *s;
    inner->at = t->after;
    inner->depth++;
    for (const char *at = t->after; next_tag(at, s->end, &other); at = other.after) {
        if (other.len != t->len || memcmp(other.name, t->name, t->len) != 0)
            continue;
        open += other.kind == '#' || other.kind == '^';
        open -= other.kind == '/';
        if (open > 0)
            continue;
        widen_to_line(inner, &other);
        inner->end = other.open;
        *after = other.after;
        return true;
    }
    return false;
}

/* ---- values ---- */

static const json_t *look_up(const struct filler *f, const json_t *value,
                             const char *name, size_t len) {
    char key[64];

    if (len == 1 && *name == '.')
        return value;
    if (len > 4 && memcmp(name, "top.", 4) == 0) {
        value = f->top;
        name += 4;
        len -= 4;
    }
    while (len > 0) {
        const char *dot = memchr(name, '.', len);
        size_t n = dot ? (size_t)(dot - name) : len;

        if (n >= sizeof(key))
            return NULL;
        memcpy(key, name, n);
        key[n] = '\0';
        value = json_object_get(value, key);
        name += dot ? n + 1 : n;
        len -= dot ? n + 1 : n;
    }
    return value;
}

static bool is_there(const json_t *v) {
    switch (v ? json_typeof(v) : JSON_NULL) {
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    case JSON_STRING:
        return json_string_length(v) > 0;
    case JSON_INTEGER:
        return json_integer_value(v) != 0;
    case JSON_ARRAY:
        return json_array_size(v) > 0;
    default:
        return true;
    }
}

static void add_value(struct buf *out, const json_t *v, bool raw) {
    if (json_is_integer(v))
        buf_addf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        buf_addf(out, "%.1f", json_real_value(v));
    else if (json_is_string(v) && raw)
        buf_adds(out, json_string_value(v));
    else if (json_is_string(v))
        add_xml(out, json_string_value(v), TEXT_BYTES);
}

/* ---- filling ---- */

static bool fill(const struct filler *f, struct part s, const json_t *value);

static bool fill_section(const struct filler *f, const struct part *inner,
                         const json_t *outer, const json_t *v) {
    if (json_is_object(v))
        return fill(f, *inner, v);
    if (!json_is_array(v))
        return fill(f, *inner, outer);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!fill(f, *inner, json_array_get(v, i)))
            return false;
    return true;
}

/* Within a line, another template comes without the end of its last line. */
static bool fill_other(const struct filler *f, const struct part *s,
                       const struct tag *t, const json_t *value) {
    for (const struct file_within *w = report_templates; w->path; w++)
        if (strlen(w->path) == t->len && memcmp(w->path, t->name, t->len) == 0) {
            size_t cut = !t->alone && w->len && w->bytes[w->len - 1] == '\n';

            return fill(f,
                        (struct part){w->path, w->bytes, w->bytes,
                                      w->bytes + w->len - cut, s->depth + 1},
                        value);
        }
    return fault(f, s, t->open, "there is no template", t);
}

static bool fill_tag(const struct filler *f, const struct part *s, const struct tag *t,
                     const json_t *value, const char **after) {
    const json_t *v;
    struct part inner;

    *after = t->after;
    if (t->kind == '!')
        return true;
    if (t->kind == '>')
        return fill_other(f, s, t, value);
    if (t->kind == '/')
        return fault(f, s, t->open, "nothing is open that this closes:", t);
    v = look_up(f, value, t->name, t->len);
    if (!t->kind || t->kind == '{') {
        add_value(f->out, v, t->kind == '{');
        return true;
    }
    if (!find_close(s, t, &inner, after))
        return fault(f, s, t->open, "nothing closes", t);
    if (t->kind == '#')
        return !is_there(v) || fill_section(f, &inner, value, v);
    return is_there(v) || fill(f, inner, value);
}

static bool fill(const struct filler *f, struct part s, const json_t *value) {
    struct tag t;

    while (next_tag(s.at, s.end, &t)) {
        const char *after;

        if (s.depth > DEPTH)
            return fault(f, &s, t.open, "nested too deep:", &t);
        widen_to_line(&s, &t);
        buf_add(f->out, s.at, (size_t)(t.open - s.at));
        s.at = t.open;
        if (!fill_tag(f, &s, &t, value, &after))
            return false;
        s.at = after;
    }
    buf_add(f->out, s.at, (size_t)(s.end - s.at));
    return true;
}

bool mustache_fill_text(struct buf *out, const char *name, const char *text,
                        const json_t *value, struct err *err) {
    const struct filler f = {out, value, err};

    return fill(&f, (struct part){name, text, text, text + strlen(text), 0}, value) &&
           !out->failed;
}

bool mustache_fill(struct buf *out, const char *name, const json_t *value,
                   struct err *err) {
    const char *text = mustache_template(name);

    if (!text) {
        err_at(err, ERR_SYNTAX, 0, 0, "there is no template %s", name);
        return false;
    }
    return mustache_fill_text(out, name, text, value, err);
}
