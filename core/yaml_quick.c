/* A document of plain YAML comes in. Its nodes go out, the same that libyaml would give,
 * or nothing where it is not that plain. */
#include "core/yaml_quick.h"

#include <string.h>

#include "core/str.h"
#include "core/yaml_quick_text.h"

enum { MAX_KEY = 900 /* libyaml takes 1,024 characters */ };

/* --- collections --- */

enum { FEW_KEYS = 16 };

/* The pairs of a mapping. Of many keys there is a table, with open addressing. */
struct quick_pairs {
    size_t key_cap, item_cap;
    uint32_t *slots; /* number of a key + 1; 0 = free */
    size_t slot_count;
};

static bool are_equal(const struct yaml_node *a, const struct yaml_node *b) {
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static size_t slot_of(const struct quick_pairs *p, const struct yaml_node *map,
                      const struct yaml_node *key) {
    size_t hash = 5381;

    for (size_t i = 0; i < key->len; i++)
        hash = hash * 33 ^ (unsigned char)key->text[i];
    for (hash &= p->slot_count - 1;
         p->slots[hash] && !are_equal(map->keys[p->slots[hash] - 1], key);)
        hash = (hash + 1) & (p->slot_count - 1);
    return hash;
}

static void note_key(struct quick_reader *q, const struct yaml_node *map,
                     struct quick_pairs *p) {
    if (map->count <= FEW_KEYS)
        return;
    if (2 * map->count < p->slot_count) {
        p->slots[slot_of(p, map, map->keys[map->count - 1])] = (uint32_t)map->count;
        return;
    }
    p->slot_count = p->slot_count ? 4 * p->slot_count : 8 * FEW_KEYS;
    p->slots = yaml_document_alloc(q->doc, p->slot_count * sizeof(*p->slots));
    memset(p->slots, 0, p->slot_count * sizeof(*p->slots));
    for (size_t i = 0; i < map->count; i++)
        p->slots[slot_of(p, map, map->keys[i])] = (uint32_t)i + 1;
}

static bool is_twice(const struct yaml_node *map, const struct quick_pairs *p,
                     const struct yaml_node *key) {
    if (p->slots)
        return p->slots[slot_of(p, map, key)] != 0;
    for (size_t i = 0; i < map->count; i++)
        if (are_equal(map->keys[i], key))
            return true;
    return false;
}

static bool is_key(const struct yaml_node *map, const struct quick_pairs *p,
                   const struct yaml_node *key) {
    return key && key->kind == YAML_NODE_TEXT && key->len <= MAX_KEY &&
           (key->quoted || strcmp(key->text, "<<") != 0) && !is_twice(map, p, key);
}

static bool add_pair(struct quick_reader *q, struct yaml_node *map,
                     struct quick_pairs *p, struct yaml_node *key,
                     struct yaml_node *value) {
    if (!value)
        return false;
    yaml_document_append(q->doc, &map->keys, &p->key_cap, map->count, key);
    yaml_document_append(q->doc, &map->items, &p->item_cap, map->count, value);
    map->count++;
    note_key(q, map, p);
    return true;
}

static bool enter(struct quick_reader *q) {
    return ++q->depth <= q->limits->depth;
}

static struct yaml_node *leave(struct quick_reader *q, struct yaml_node *n) {
    q->depth--;
    return n;
}

/* Within a flow collection, over line ends. */
static bool skip_in_flow(struct quick_reader *q) {
    for (;;) {
        quick_skip_spaces(q);
        if (q->at == q->end || *q->at == '\t' || *q->at == '#')
            return false;
        if (*q->at != '\n')
            return q->at > q->line_start;
        quick_begin_line(q, q->at + 1);
    }
}

static struct yaml_node *read_flow(struct quick_reader *q);

static struct yaml_node *read_in_flow(struct quick_reader *q) {
    return quick_peek(q) == '{' || quick_peek(q) == '[' ? read_flow(q)
                                                        : quick_scalar(q, true);
}

static bool read_flow_item(struct quick_reader *q, struct yaml_node *n,
                           struct quick_pairs *p) {
    struct yaml_node *key = NULL, *value;

    if (n->kind == YAML_NODE_MAP) {
        key = quick_scalar(q, true);
        if (!is_key(n, p, key) || quick_peek(q) != ':' ||
            !quick_is_blank_or_end(quick_peek_next(q)))
            return false;
        q->at++;
        if (!skip_in_flow(q))
            return false;
        return add_pair(q, n, p, key, read_in_flow(q));
    }
    if (!(value = read_in_flow(q)))
        return false;
    yaml_document_append(q->doc, &n->items, &p->item_cap, n->count++, value);
    return true;
}

/* At `{` or `[`. */
static struct yaml_node *read_flow(struct quick_reader *q) {
    bool map = quick_peek(q) == '{';
    char close = map ? '}' : ']';
    struct yaml_node *n = quick_node(q, map ? YAML_NODE_MAP : YAML_NODE_LIST, q->at);
    struct quick_pairs p = {0};

    if (!n || !enter(q))
        return NULL;
    q->at++;
    if (!skip_in_flow(q))
        return NULL;
    while (n->count || quick_peek(q) != close) {
        if (!read_flow_item(q, n, &p) || !skip_in_flow(q))
            return NULL;
        if (quick_peek(q) == close)
            break;
        if (quick_peek(q) != ',')
            return NULL;
        q->at++;
        if (!skip_in_flow(q))
            return NULL;
    }
    q->at++;
    return leave(q, n);
}

static struct yaml_node *read_in_block(struct quick_reader *q) {
    return quick_peek(q) == '{' || quick_peek(q) == '[' ? read_flow(q)
                                                        : quick_scalar(q, false);
}

static bool at_dash(const struct quick_reader *q) {
    return quick_peek(q) == '-' && quick_is_blank_or_end(quick_peek_next(q));
}

static bool at_colon(const struct quick_reader *q) {
    return quick_peek(q) == ':' && quick_is_blank_or_end(quick_peek_next(q));
}

/* Nothing stands on the rest of the line. */
static bool at_line_end(const struct quick_reader *q) {
    const char *p = q->at;

    while (p < q->end && *p == ' ')
        p++;
    return p == q->end || *p == '\n' || (*p == '#' && p > q->at);
}

/* A value in a collection at column `parent`; it does not go on in the next line. */
static struct yaml_node *read_value(struct quick_reader *q, int parent) {
    struct yaml_node *n;

    if (quick_peek(q) == '|')
        return (n = quick_literal(q, parent)) && q->indent <= parent ? n : NULL;
    n = read_in_block(q);
    return n && quick_next_line(q) && q->indent <= parent ? n : NULL;
}

static struct yaml_node *read_block(struct quick_reader *q, int parent);

/* At the first dash. `shares`: its column is that of the mapping that it is in. */
static struct yaml_node *read_list(struct quick_reader *q, int column, bool shares) {
    struct yaml_node *n = quick_node(q, YAML_NODE_LIST, q->at), *item;
    size_t cap = 0;

    if (!n || !enter(q))
        return NULL;
    while (q->indent == column || n->count == 0) {
        if (!at_dash(q))
            return shares ? leave(q, n) : NULL;
        q->at++;
        if (at_line_end(q)) {
            if (!quick_next_line(q) || q->indent <= column)
                return NULL;
        } else {
            quick_skip_spaces(q);
        }
        if (!(item = read_block(q, column)))
            return NULL;
        yaml_document_append(q->doc, &n->items, &cap, n->count++, item);
    }
    return q->indent < column ? leave(q, n) : NULL;
}

/* Behind the colon of a key. */
static struct yaml_node *read_map_value(struct quick_reader *q, int column) {
    if (!at_line_end(q)) {
        quick_skip_spaces(q);
        return read_value(q, column);
    }
    if (!quick_next_line(q))
        return NULL;
    if (q->indent > column)
        return read_block(q, column);
    return q->indent == column && at_dash(q) ? read_list(q, column, true) : NULL;
}

/* Behind its first key. */
static struct yaml_node *read_map(struct quick_reader *q, int column,
                                  struct yaml_node *key) {
    struct yaml_node *n = quick_node(q, YAML_NODE_MAP, q->at);
    struct quick_pairs p = {0};

    if (!n || !enter(q))
        return NULL;
    n->column = key->column;
    for (;;) {
        if (!is_key(n, &p, key) || !at_colon(q))
            return NULL;
        q->at++;
        if (!add_pair(q, n, &p, key, read_map_value(q, column)))
            return NULL;
        if (q->indent != column)
            return q->indent < column ? leave(q, n) : NULL;
        if (!(key = quick_scalar(q, false)))
            return NULL;
    }
}

/* What begins here, on its own line or behind a dash. */
static struct yaml_node *read_block(struct quick_reader *q, int parent) {
    int column = (int)(q->at - q->line_start);
    struct yaml_node *n;

    if (at_dash(q))
        return read_list(q, column, false);
    if (strchr("|[{", quick_peek(q)))
        return read_value(q, parent);
    if (!(n = quick_scalar(q, false)))
        return NULL;
    if (at_colon(q))
        return read_map(q, column, n);
    return quick_next_line(q) && q->indent <= parent ? n : NULL;
}

/* A line of `---` alone can only begin a document. */
static size_t document_len(const char *text, size_t len) {
    const char *at = text, *end = text + len;

    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        if (end - at >= 4 && memcmp(at, "---\n", 4) == 0)
            return (size_t)(at - text);
    }
    return len;
}

struct yaml_document *yaml_quick_read(const char *source, const char *text, size_t len,
                                      int *line, const struct yaml_limits *limits,
                                      size_t *taken) {
    struct quick_reader q = {.limits = limits, .line = *line - 1};

    *taken = document_len(text, len);
    if (!quick_is_plain_text(text, *taken))
        return NULL;
    q.doc = yaml_document_new(source);
    q.end = text + *taken;
    quick_begin_line(&q, text);
    if (*taken >= 4 && memcmp(text, "---\n", 4) == 0)
        quick_begin_line(&q, text + 4);
    if (quick_find_line(&q) && q.indent != QUICK_END)
        q.doc->doc.root = read_block(&q, QUICK_END);
    if (q.doc->doc.root && q.indent == QUICK_END) {
        *line = q.line;
        return q.doc;
    }
    yaml_doc_free(&q.doc->doc);
    return NULL;
}
