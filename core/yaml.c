/* YAML text comes in. Nodes with their lines and columns go out, or everything in it
 * that readers disagree on. */
#include "core/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml_document.h"
#include "core/yaml_quick.h"

const struct yaml_limits yaml_limits_spec = {1 << 20, 32, 100000, false, false};
const struct yaml_limits yaml_limits_profile = {1 << 20, 32, 100000, true, false};
const struct yaml_limits yaml_limits_recording = {(size_t)1 << 30, 32, 1000000, false,
                                                  false};

struct anchor {
    char *name;
    struct yaml_node *node; /* NULL while the node is being read: a cycle */
    size_t nodes;           /* that it stands for */
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    const char *source, *text;
    const struct yaml_limits *limits;
    struct diags *diags;
    struct yaml_document *doc;
    struct anchor *anchors;
    size_t anchor_count, nodes;
    unsigned depth;
    int line;       /* of the source that the text begins on */
    bool bad, stop; /* bad: an error was told; stop: reading cannot go on */
    bool enough;    /* nobody wants more documents */
};

static bool told(struct reader *r, yaml_mark_t mark, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static bool told(struct reader *r, yaml_mark_t mark, const char *fmt, ...) {
    char text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    r->bad = true;
    return diags_add(r->diags, r->source, (int)mark.line + r->line,
                     (int)mark.column + 1, "%s", text);
}

/* Bytes that are no text have an offset only; their line and column are counted. */
static void tell_unreadable(struct reader *r, const char *problem) {
    int line = r->line, column = 1;

    for (size_t i = 0; i < r->parser.problem_offset; i++) {
        line += r->text[i] == '\n';
        column = r->text[i] == '\n' ? 1 : column + 1;
    }
    diags_add(r->diags, r->source, line, column, "%s", problem);
}

static bool next_event(struct reader *r) {
    struct buf visible = BUF_INIT(4096);
    const char *problem;

    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return true;
    if (r->parser.error == YAML_MEMORY_ERROR)
        mem_exhausted();
    problem = r->parser.problem ? r->parser.problem : "not YAML";
    str_add_visible(&visible, problem, strlen(problem), 200);
    if (r->parser.error == YAML_READER_ERROR)
        tell_unreadable(r, visible.ptr);
    else
        diags_add(r->diags, r->source, (int)r->parser.problem_mark.line + r->line,
                  (int)r->parser.problem_mark.column + 1, "%s%s%s", visible.ptr,
                  r->parser.context ? " " : "",
                  r->parser.context ? r->parser.context : "");
    buf_release(&visible);
    r->bad = r->stop = true;
    return false;
}

static void resolve_plain(struct reader *r, struct yaml_node *n, yaml_mark_t mark) {
    const char *as = yaml_plain_resolve(n, r->limits->days);

    if (as)
        told(r, mark, "text \"%.60s\" must be quoted: some YAML readers take it for %s",
             n->text, as);
}

static struct yaml_node *new_node(struct reader *r, enum ynode_kind kind) {
    struct yaml_node *n = yaml_document_alloc(r->doc, sizeof(*n));

    *n = (struct yaml_node){.kind = kind,
                            .line = (int)r->event.start_mark.line + r->line,
                            .column = (int)r->event.start_mark.column + 1};
    if (++r->nodes > r->limits->nodes && !r->stop) {
        told(r, r->event.start_mark, "more than the allowed number of values");
        r->stop = true;
    }
    return n;
}

static void refuse_tag(struct reader *r, const yaml_char_t *tag) {
    if (tag)
        told(r, r->event.start_mark, "tag \"%.60s\" is not allowed here",
             (const char *)tag);
}

/* Returns the index of the anchor + 1, or 0. */
static size_t open_anchor(struct reader *r, const yaml_char_t *name) {
    if (!name)
        return 0;
    r->anchors = mem_grow(r->anchors, r->anchor_count + 1, sizeof(*r->anchors));
    r->anchors[r->anchor_count] =
        (struct anchor){mem_strdup((const char *)name), NULL, r->nodes};
    return ++r->anchor_count;
}

static void close_anchor(struct reader *r, size_t index, struct yaml_node *node) {
    if (index) {
        r->anchors[index - 1].node = node;
        r->anchors[index - 1].nodes = r->nodes - r->anchors[index - 1].nodes;
    }
}

static struct yaml_node *read_alias(struct reader *r) {
    const char *name = (const char *)r->event.data.alias.anchor;

    for (size_t i = r->anchor_count; i-- > 0;) {
        struct anchor *a = &r->anchors[i];

        if (strcmp(a->name, name) != 0)
            continue;
        if (!a->node) {
            told(r, r->event.start_mark, "alias \"*%.60s\" stands inside what it names",
                 name);
            return new_node(r, YAML_NODE_NULL);
        }
        r->nodes += a->nodes;
        if (r->nodes > r->limits->nodes && !r->stop) {
            told(r, r->event.start_mark,
                 "alias \"*%.60s\" makes the document too large", name);
            r->stop = true;
        }
        return a->node;
    }
    told(r, r->event.start_mark, "alias \"*%.60s\" names nothing", name);
    return new_node(r, YAML_NODE_NULL);
}

static struct yaml_node *read_scalar(struct reader *r) {
    struct yaml_node *n = new_node(r, YAML_NODE_TEXT);
    yaml_mark_t mark = r->event.start_mark;
    char *text = yaml_document_alloc(r->doc, r->event.data.scalar.length + 1);
    size_t anchor = open_anchor(r, r->event.data.scalar.anchor);

    refuse_tag(r, r->event.data.scalar.tag);
    n->len = r->event.data.scalar.length;
    memcpy(text, r->event.data.scalar.value, n->len);
    text[n->len] = '\0';
    n->text = text;
    n->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!n->quoted)
        resolve_plain(r, n, mark);
    close_anchor(r, anchor, n);
    return n;
}

static struct yaml_node *read_node(struct reader *r);

static void check_key(struct reader *r, const struct yaml_node *map,
                      const struct yaml_node *key) {
    yaml_mark_t mark = {0, (size_t)(key->line - r->line), (size_t)key->column - 1};

    if (key->kind == YAML_NODE_LIST || key->kind == YAML_NODE_MAP) {
        told(r, mark, "a key must be text, not a list or mapping");
        return;
    }
    if (!key->text)
        return; /* an alias that names nothing: told already */
    if (key->kind != YAML_NODE_TEXT && !key->quoted)
        told(r, mark, "key \"%.60s\" must be quoted to be text", key->text);
    if (!key->quoted && strcmp(key->text, "<<") == 0)
        told(r, mark, "merge key \"<<\" is not allowed");
    for (size_t i = 0; i < map->count; i++)
        if (map->keys[i]->len == key->len && map->keys[i]->text &&
            memcmp(map->keys[i]->text, key->text, key->len) == 0) {
            char place[64];

            snprintf(place, sizeof(place), "line %d", map->keys[i]->line);
            told(r, mark, "key \"%.60s\" stands here twice; first on %s", key->text,
                 place);
            return;
        }
}

static void read_map(struct reader *r, struct yaml_node *n) {
    size_t key_cap = 0, value_cap = 0;

    while (!r->stop && next_event(r) && r->event.type != YAML_MAPPING_END_EVENT) {
        struct yaml_node *key = read_node(r), *value;

        if (r->stop || !key)
            return;
        check_key(r, n, key);
        if (!key->text)
            key->text = "";
        if (!next_event(r))
            return;
        value = read_node(r);
        if (!value)
            return;
        yaml_document_append(r->doc, &n->keys, &key_cap, n->count, key);
        yaml_document_append(r->doc, &n->items, &value_cap, n->count, value);
        n->count++;
    }
}

static void read_list(struct reader *r, struct yaml_node *n) {
    size_t cap = 0;

    while (!r->stop && next_event(r) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct yaml_node *item = read_node(r);

        if (!item)
            return;
        yaml_document_append(r->doc, &n->items, &cap, n->count, item);
        n->count++;
    }
}

static struct yaml_node *read_collection(struct reader *r, bool map) {
    struct yaml_node *n = new_node(r, map ? YAML_NODE_MAP : YAML_NODE_LIST);
    size_t anchor = open_anchor(r, map ? r->event.data.mapping_start.anchor
                                       : r->event.data.sequence_start.anchor);

    refuse_tag(r, map ? r->event.data.mapping_start.tag
                      : r->event.data.sequence_start.tag);
    if (++r->depth > r->limits->depth) {
        told(r, r->event.start_mark, "nested too deeply");
        r->stop = true;
        return NULL;
    }
    if (map)
        read_map(r, n);
    else
        read_list(r, n);
    r->depth--;
    close_anchor(r, anchor, n);
    return n;
}

/* The node that begins with the present event; NULL only when reading must stop. */
static struct yaml_node *read_node(struct reader *r) {
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r);
    case YAML_SCALAR_EVENT:
        return read_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        return read_collection(r, false);
    case YAML_MAPPING_START_EVENT:
        return read_collection(r, true);
    default:
        r->stop = r->bad = true;
        return NULL;
    }
}

static void drop_anchors(struct reader *r) {
    for (size_t i = 0; i < r->anchor_count; i++)
        free(r->anchors[i].name);
    free(r->anchors);
    r->anchors = NULL;
    r->anchor_count = 0;
}

static void check_directives(struct reader *r) {
    const yaml_version_directive_t *v = r->event.data.document_start.version_directive;

    if (v || r->event.data.document_start.tag_directives.start !=
                 r->event.data.document_start.tag_directives.end)
        told(r, r->event.start_mark, "%%-directives are not allowed");
}

static bool read_stream(struct reader *r,
                        bool (*each)(struct yaml_doc *doc, void *context),
                        void *context, size_t *count) {
    size_t documents = 0;

    while (!r->stop && next_event(r) && r->event.type != YAML_STREAM_END_EVENT) {
        if (r->event.type != YAML_DOCUMENT_START_EVENT)
            continue;
        check_directives(r);
        r->doc = yaml_document_new(r->source);
        r->nodes = 0;
        r->depth = 0;
        if (next_event(r))
            r->doc->doc.root = read_node(r);
        if (!r->stop && r->event.type != YAML_DOCUMENT_END_EVENT)
            next_event(r);
        drop_anchors(r);
        if (r->stop || !r->doc->doc.root) {
            yaml_doc_free(&r->doc->doc);
            break;
        }
        documents++;
        if (!each(&r->doc->doc, context)) {
            r->enough = true;
            break;
        }
    }
    *count = documents;
    return !r->bad;
}

/* What git leaves where two changes of a file did not go together. */
static bool has_conflict(struct reader *r, const char *text, size_t len) {
    static const char mark[] = "<<<<<<< ";
    size_t n = sizeof(mark) - 1;
    const char *hit = text, *end = text + len;
    int line = r->line;

    while ((hit = memchr(hit, '<', (size_t)(end - hit)))) {
        if ((size_t)(end - hit) >= n && memcmp(hit, mark, n) == 0 &&
            (hit == text || hit[-1] == '\n')) {
            for (const char *c = text; c < hit; c++)
                line += *c == '\n';
            diags_add(r->diags, r->source, line, 1,
                      "a conflict of git stands here unsolved (<<<<<<<, =======, "
                      ">>>>>>>): take one side, or record again");
            return true;
        }
        hit++;
    }
    return false;
}

/* As libyaml reads it. */
static bool read_thoroughly(struct reader *r, const char *text, size_t len,
                            bool (*each)(struct yaml_doc *doc, void *context),
                            void *context, size_t *count) {
    size_t documents = 0;
    bool ok;

    if (!yaml_parser_initialize(&r->parser))
        mem_exhausted();
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    r->text = text;
    if (len >= 3 &&
        memcmp(text, "\xef\xbb\xbf", 3) == 0) /* libyaml counts it as a column */
        text += 3, len -= 3;
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, len);
    ok = read_stream(r, each, context, &documents);
    *count += documents;
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    drop_anchors(r);
    return ok;
}

static int lines_of(const char *text, size_t len) {
    int lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Directives and `...` are of more than one document. */
static bool stands_alone(const char *text, size_t len) {
    return *text != '%' && !str_find(text, len, "\n%", 2) &&
           !str_find(text, len, "\n...", 4);
}

static bool read_text(struct reader *r, const char *text, size_t len,
                      bool (*each)(struct yaml_doc *doc, void *context), void *context,
                      size_t *count) {
    *count = 0;
    if (len > r->limits->bytes)
        return diags_add(r->diags, r->source, 0, 0, "%zu bytes; the limit is %zu", len,
                         r->limits->bytes);
    if (has_conflict(r, text, len))
        return false;
    if (r->limits->thorough)
        return read_thoroughly(r, text, len, each, context, count);
    for (size_t taken; len && !r->enough; text += taken, len -= taken) {
        struct yaml_document *d =
            yaml_quick_read(r->source, text, len, &r->line, r->limits, &taken);

        if (d) {
            ++*count;
            r->enough = !each(&d->doc, context);
            continue;
        }
        if (!stands_alone(text, taken))
            taken = len;
        if (!read_thoroughly(r, text, taken, each, context, count))
            return false;
        r->line += lines_of(text, taken);
    }
    return true;
}

bool yaml_doc_part(const char *source, const char *text, size_t len, int line,
                   const struct yaml_limits *limits, struct diags *diags,
                   bool (*each)(struct yaml_doc *doc, void *context), void *context) {
    struct reader r = {
        .source = source, .line = line, .limits = limits, .diags = diags};
    size_t count;

    return read_text(&r, text, len, each, context, &count);
}

bool yaml_doc_each(const char *source, const char *text, size_t len,
                   const struct yaml_limits *limits, struct diags *diags,
                   bool (*each)(struct yaml_doc *doc, void *context), void *context) {
    struct reader r = {.source = source, .line = 1, .limits = limits, .diags = diags};
    size_t count;
    bool ok = read_text(&r, text, len, each, context, &count);

    if (ok && count == 0) {
        struct yaml_document *d = yaml_document_new(source);

        d->doc.root = yaml_document_alloc(d, sizeof(struct yaml_node));
        *d->doc.root = (struct yaml_node){
            .kind = YAML_NODE_NULL, .line = 1, .column = 1, .text = ""};
        each(&d->doc, context);
    }
    return ok;
}

struct single {
    struct yaml_doc *doc;
    size_t count;
};

static bool take_one(struct yaml_doc *doc, void *context) {
    struct single *s = context;

    if (s->count++ == 0)
        s->doc = doc;
    else
        yaml_doc_free(doc);
    return s->count < 2;
}

struct yaml_doc *yaml_doc_parse(const char *source, const char *text, size_t len,
                                const struct yaml_limits *limits, struct diags *diags) {
    size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct single s = {0};
    bool ok =
        yaml_doc_each(source, text + mark, len - mark, limits, diags, take_one, &s);

    if (s.count > 1)
        ok = diags_add(diags, source, 0, 0, "holds more than one YAML document");
    if (!ok) {
        yaml_doc_free(s.doc);
        return NULL;
    }
    return s.doc;
}

struct yaml_doc *yaml_doc_load(const char *path, const struct yaml_limits *limits,
                               struct diags *diags) {
    struct err err = {0};
    size_t len;
    char *text = file_slurp(path, limits->bytes, &len, &err);
    struct yaml_doc *doc;

    if (!text) {
        diags_add_err(diags, &err);
        return NULL;
    }
    doc = yaml_doc_parse(path, text, len, limits, diags);
    free(text);
    return doc;
}
