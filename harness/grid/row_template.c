/* A part of a grid's case and one row come in. The same part with the row's values in
 * their places goes out. */
#include "harness/grid/row_template.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

enum { CHUNK = 64 * 1024, MAX_NESTED = 24, MAX_WORDS = 64, MAX_MADE = 4 << 20 };

struct chunk {
    size_t used;
    _Alignas(max_align_t) char bytes[CHUNK];
};

static void *take(struct template *t, size_t size) {
    void *p;

    size = (size + 15) & ~(size_t)15;
    if (size > CHUNK)
        return loader_own(t->l, size, 1);
    if (!t->chunk || CHUNK - t->chunk->used < size)
        t->chunk = loader_own(t->l, 1, sizeof(*t->chunk));
    p = t->chunk->bytes + t->chunk->used;
    t->chunk->used += size;
    return p;
}

struct yaml_node *template_node(struct template *t, enum ynode_kind kind,
                                const struct yaml_node *place) {
    struct yaml_node *n = take(t, sizeof(*n));

    t->made++;
    *n = (struct yaml_node){.kind = kind, .line = place->line, .column = place->column};
    return n;
}

static struct yaml_node *text_node(struct template *t, const char *text, size_t len,
                                   const struct yaml_node *place) {
    struct yaml_node *n = template_node(t, YAML_NODE_TEXT, place);
    char *copy = take(t, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    n->text = copy;
    n->len = len;
    n->quoted = true;
    return n;
}

struct yaml_node *template_text(struct template *t, const char *text,
                                const struct yaml_node *place) {
    return text_node(t, text, strlen(text), place);
}

struct yaml_node *template_group(struct template *t, enum ynode_kind kind, size_t count,
                                 const struct yaml_node *place) {
    struct yaml_node *n = template_node(t, kind, place);

    n->items = take(t, (count + 1) * sizeof(struct yaml_node *));
    if (kind == YAML_NODE_MAP)
        n->keys = take(t, (count + 1) * sizeof(struct yaml_node *));
    return n;
}

static void add_pair(struct yaml_node *map, const struct yaml_node *key,
                     const struct yaml_node *value) {
    map->keys[map->count] = (struct yaml_node *)(uintptr_t)key;
    map->items[map->count++] = (struct yaml_node *)(uintptr_t)value;
}

void template_add(struct template *t, struct yaml_node *map, const char *key,
                  const struct yaml_node *value) {
    add_pair(map, template_text(t, key, value), value);
}

/* ---- factors and conditions ---- */

const struct factor *template_factor(struct template *t, const struct yaml_node *place,
                                     const char *name, size_t len) {
    const char *words[MAX_WORDS], *near;
    char *wanted = mem_strndup(name, len);
    size_t count = 0;

    for (size_t i = 0; i < t->factor_count; i++) {
        if (strcmp(t->factors[i].name, wanted) == 0) {
            free(wanted);
            return &t->factors[i];
        }
        if (count < MAX_WORDS)
            words[count++] = t->factors[i].name;
    }
    near = str_nearest(wanted, words, count);
    loader_error(t->l, place, "unknown factor \"%.40s\"%s%s%s", wanted,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    free(wanted);
    return NULL;
}

static uint64_t value_bit(struct template *t, const struct factor *f,
                          const struct yaml_node *n) {
    const char *near = NULL;

    for (unsigned v = 0; n->kind == YAML_NODE_TEXT && v < f->count; v++)
        if (yaml_node_is(n, f->names[v]))
            return (uint64_t)1 << v;
    if (yaml_node_is(n, "any"))
        return UINT64_MAX;
    if (n->kind == YAML_NODE_TEXT)
        near = str_nearest(n->text, f->names, f->count);
    loader_error(t->l, n, "%s: no value \"%.40s\"%s%s%s", f->name,
                 n->text ? n->text : "", near ? "; did you mean \"" : "",
                 near ? near : "", near ? "\"?" : "");
    return 0;
}

uint64_t template_condition(struct template *t, const struct factor *f,
                            const struct yaml_node *condition) {
    const struct yaml_node *other = yaml_node_get(condition, "not");
    uint64_t all = f->count == 64 ? UINT64_MAX : ((uint64_t)1 << f->count) - 1;
    uint64_t bits = 0;

    if (condition->kind == YAML_NODE_MAP) {
        if (!other || condition->count != 1)
            yaml_node_wrong(t->l->doc, condition, f->name,
                            "a value, a list of values, or {not: ..}", t->l->diags);
        else
            bits = all & ~template_condition(t, f, other);
        return bits;
    }
    if (condition->kind != YAML_NODE_LIST)
        return all & value_bit(t, f, condition);
    for (size_t i = 0; i < condition->count; i++)
        bits |= value_bit(t, f, condition->items[i]);
    return bits & all;
}

static bool meets(struct template *t, const struct yaml_node *when) {
    bool met = true;

    if (when->kind == YAML_NODE_LIST) { /* any of them */
        met = false;
        for (size_t i = 0; i < when->count; i++)
            met = meets(t, when->items[i]) || met;
        return met;
    }
    if (when->kind != YAML_NODE_MAP)
        return yaml_node_wrong(t->l->doc, when, "when", "a mapping of factors",
                               t->l->diags);
    for (size_t i = 0; i < when->count; i++) {
        const struct factor *f =
            template_factor(t, when->keys[i], when->keys[i]->text, when->keys[i]->len);

        if (!f)
            return false;
        met = met &&
              (template_condition(t, f, when->items[i]) >> t->row[f - t->factors] & 1);
    }
    return met;
}

/* ---- expanding ---- */

static bool any_has(const struct factor *f, const char *member) {
    for (unsigned v = 0; v < f->count; v++)
        if (yaml_node_get(f->values[v], member))
            return true;
    return false;
}

static const struct yaml_node *expand(struct template *t, const struct yaml_node *n,
                                      unsigned depth);
static const struct yaml_node *expand_map(struct template *t, const struct yaml_node *n,
                                          unsigned depth, bool in_list);

/* What `name` (of `len` bytes) in $(name) stands for; NULL = nothing. */
static const struct yaml_node *reference(struct template *t,
                                         const struct yaml_node *place,
                                         const char *name, size_t len, unsigned depth) {
    const char *dot = memchr(name, '.', len);
    size_t head = dot ? (size_t)(dot - name) : len;
    const struct yaml_node *found = NULL;
    const struct factor *f;
    char *member;

    if (len == 3 && memcmp(name, "row", 3) == 0)
        return template_text(t, t->row_id, place);
    f = template_factor(t, place, name, head);
    if (!f)
        return NULL;
    if (!dot)
        return template_text(t, f->names[t->row[f - t->factors]], place);
    member = mem_strndup(dot + 1, len - head - 1);
    if (any_has(f, member))
        found = yaml_node_get(f->values[t->row[f - t->factors]], member);
    else
        loader_error(t->l, place, "no value of factor \"%.40s\" has \"%.40s\"", f->name,
                     member);
    free(member);
    return found ? expand(t, found, depth + 1) : NULL;
}

static const struct yaml_node *expand_text(struct template *t,
                                           const struct yaml_node *n, unsigned depth) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *at = n->text, *open, *close;
    struct yaml_node *made;

    while ((open = strstr(at, "$(")) && (close = strchr(open, ')'))) {
        size_t len = (size_t)(close - open - 2);
        const struct yaml_node *value = reference(t, n, open + 2, len, depth);

        if (open == n->text && close + 1 == n->text + n->len) {
            buf_release(&out);
            return value;
        }
        buf_add(&out, at, (size_t)(open - at));
        if (value && value->text)
            buf_add(&out, value->text, value->len);
        at = close + 1;
    }
    buf_add(&out, at, n->len - (size_t)(at - n->text));
    made = text_node(t, out.ptr ? out.ptr : "", out.len, n);
    buf_release(&out);
    return made;
}

static const struct yaml_node *expand_list(struct template *t,
                                           const struct yaml_node *n, unsigned depth) {
    struct yaml_node *list = template_group(t, YAML_NODE_LIST, n->count, n);

    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *when = yaml_node_get(n->items[i], "when");
        const struct yaml_node *item = when && !meets(t, when) ? NULL
                                       : when
                                           ? expand_map(t, n->items[i], depth + 1, true)
                                           : expand(t, n->items[i], depth + 1);

        if (item)
            list->items[list->count++] = (struct yaml_node *)(uintptr_t)item;
    }
    return list;
}

/* What a key with $(..) stands for: text, the pairs of a mapping, or nothing. */
static const struct yaml_node *expand_key(struct template *t, const struct yaml_node *n,
                                          unsigned depth) {
    const struct yaml_node *key = expand_text(t, n, depth);

    if (!key || key->text || key->kind == YAML_NODE_MAP)
        return key;
    yaml_node_wrong(t->l->doc, key, n->text, "text, or a mapping for its pairs",
                    t->l->diags);
    return NULL;
}

static const struct yaml_node *expand_map(struct template *t, const struct yaml_node *n,
                                          unsigned depth, bool in_list) {
    const struct yaml_node *keys[MAX_WORDS], *values[MAX_WORDS];
    size_t count = n->count;
    struct yaml_node *map;

    for (size_t i = 0; i < n->count && i < MAX_WORDS; i++) {
        if (yaml_node_is(n->keys[i], "when") && !in_list)
            loader_error(t->l, n->keys[i],
                         "`when` stands in a mapping of a list: a step, a check, an "
                         "outcome");
        keys[i] = strstr(n->keys[i]->text, "$(") ? expand_key(t, n->keys[i], depth)
                                                 : n->keys[i];
        values[i] = keys[i] && !yaml_node_is(n->keys[i], "when")
                        ? expand(t, n->items[i], depth + 1)
                        : NULL;
        count += keys[i] && keys[i]->kind == YAML_NODE_MAP ? keys[i]->count : 0;
    }
    map = template_group(t, YAML_NODE_MAP, count, n);
    for (size_t i = 0; i < n->count && i < MAX_WORDS; i++) {
        if (keys[i] && keys[i]->kind == YAML_NODE_MAP)
            for (size_t k = 0; k < keys[i]->count; k++)
                add_pair(map, keys[i]->keys[k], keys[i]->items[k]);
        else if (values[i])
            add_pair(map, keys[i], values[i]);
    }
    return map;
}

static const struct yaml_node *expand(struct template *t, const struct yaml_node *n,
                                      unsigned depth) {
    if (t->made > MAX_MADE) {
        loader_error(t->l, t->l->doc->root,
                     "the rows of this grid are too much together");
        return NULL;
    }
    if (depth > MAX_NESTED) {
        loader_error(t->l, n, "a value that stands for itself");
        return NULL;
    }
    if (n->kind == YAML_NODE_TEXT && strstr(n->text, "$("))
        return expand_text(t, n, depth);
    if (n->kind == YAML_NODE_LIST)
        return expand_list(t, n, depth);
    if (n->kind == YAML_NODE_MAP)
        return expand_map(t, n, depth, false);
    return n;
}

const struct yaml_node *template_expand(struct template *t, const struct yaml_node *n) {
    return expand(t, n, 0);
}
