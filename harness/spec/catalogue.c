/* clauses.yaml and endpoints.yaml come in. Clauses with their levels and calls with
 * their parameters go out. */
#include "harness/spec/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

static const char *const level_words[] = {"must", "should", "may"};
static const char *const of_words[] = {"all", "bodies", "refusals"};
static const char *const effect_words[] = {"writes", "reads", "lists", "removes"};
static const char *const kind_words[] = {"text", "name", "scope", "time",
                                         "id",   "list", "secret"};

const char *level_name(enum level l) {
    return level_words[l];
}

/* The index of a text node's word in `words`; -1 after an error was recorded. */
static int word_of(const struct yaml_doc *doc, const struct yaml_node *map,
                   const char *key, const char *const *words, size_t count,
                   struct diags *diags) {
    const struct yaml_node *n = yaml_node_get(map, key);
    const char *near;

    for (size_t i = 0; n && i < count; i++)
        if (yaml_node_is(n, words[i]))
            return (int)i;
    near = n && n->text ? str_nearest(n->text, words, count) : NULL;
    diags_add(diags, doc->source, n ? n->line : map->line, n ? n->column : map->column,
              n ? "%s: unknown word \"%.40s\"; did you mean \"%s\"?" : "%s is missing",
              key, n && n->text ? n->text : "", near ? near : words[0]);
    return -1;
}

static const char *text_of(const struct yaml_doc *doc, const struct yaml_node *map,
                           const char *key, struct diags *diags) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n && n->kind == YAML_NODE_TEXT && n->len)
        return n->text;
    if (n)
        yaml_node_wrong(doc, n, key, "text", diags);
    else
        diags_add(diags, doc->source, map->line, map->column, "%s is missing", key);
    return "";
}

/* `NAME: 1` and `about: text` of both files. */
static void check_head(const struct yaml_doc *doc, const char *name,
                       struct diags *diags) {
    const struct yaml_node *version = yaml_node_get(doc->root, name);

    if (!version || version->kind != YAML_NODE_INT || version->integer != 1)
        diags_add(diags, doc->source, version ? version->line : doc->root->line,
                  version ? version->column : doc->root->column,
                  "`%s: 1` is the only version known", name);
    if (yaml_node_get(doc->root, "about"))
        text_of(doc, doc->root, "about", diags);
}

/* LIST-4a */
static void check_id(const struct yaml_doc *doc, const struct yaml_node *map,
                     const char *id, struct diags *diags) {
    size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *number = id + letters + (id[letters] == '-');
    size_t digits = strspn(number, "0123456789");
    const char *rest = number + digits;

    if (letters && number > id + letters && digits &&
        (!*rest || (*rest >= 'a' && *rest <= 'z' && !rest[1])))
        return;
    if (*id)
        yaml_node_wrong(doc, yaml_node_get(map, "id"), "id", "an id like LIST-4a",
                        diags);
}

static void load_clause(struct catalogue *c, const struct yaml_node *n,
                        const char *area, struct diags *diags) {
    static const char *const words[] = {"id", "level", "source", "text", "of"};
    struct clause *k;
    int level, of = OF_ALL;

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(c->clauses_doc, n, "clause", "a mapping", diags);
        return;
    }
    yaml_node_only(c->clauses_doc, n, words, ARRAY_LEN(words), diags);
    level = word_of(c->clauses_doc, n, "level", level_words, 3, diags);
    if (yaml_node_get(n, "of"))
        of = word_of(c->clauses_doc, n, "of", of_words, ARRAY_LEN(of_words), diags);
    c->clauses = mem_grow(c->clauses, c->clause_count + 1, sizeof(*c->clauses));
    k = &c->clauses[c->clause_count++];
    *k = (struct clause){.id = text_of(c->clauses_doc, n, "id", diags),
                         .source = text_of(c->clauses_doc, n, "source", diags),
                         .text = text_of(c->clauses_doc, n, "text", diags),
                         .area = area,
                         .level = level < 0 ? LEVEL_MUST : (enum level)level,
                         .of = of < 0 ? OF_ALL : (enum speaks_of)of,
                         .line = n->line};
    check_id(c->clauses_doc, n, k->id, diags);
    for (size_t i = 0; i + 1 < c->clause_count; i++)
        if (strcmp(c->clauses[i].id, k->id) == 0)
            diags_add(diags, c->clauses_doc->source, n->line, n->column,
                      "clause %s stands here twice; first on line %d", k->id,
                      c->clauses[i].line);
}

static void load_clauses(struct catalogue *c, struct diags *diags) {
    static const char *const words[] = {"clauses", "about", "areas"};
    static const char *const area_words[] = {"id", "title", "clauses"};
    const struct yaml_node *root = c->clauses_doc->root, *areas;

    if (root->kind != YAML_NODE_MAP || !(areas = yaml_node_get(root, "areas")) ||
        areas->kind != YAML_NODE_LIST) {
        yaml_node_wrong(c->clauses_doc, root, "catalogue", "a mapping with areas",
                        diags);
        return;
    }
    yaml_node_only(c->clauses_doc, root, words, ARRAY_LEN(words), diags);
    check_head(c->clauses_doc, "clauses", diags);
    for (size_t i = 0; i < areas->count; i++) {
        const struct yaml_node *a = areas->items[i],
                               *list = yaml_node_get(a, "clauses");

        if (a->kind != YAML_NODE_MAP || !list || list->kind != YAML_NODE_LIST) {
            yaml_node_wrong(c->clauses_doc, a, "area", "a mapping with id and clauses",
                            diags);
            continue;
        }
        yaml_node_only(c->clauses_doc, a, area_words, ARRAY_LEN(area_words), diags);
        if (yaml_node_get(a, "title"))
            text_of(c->clauses_doc, a, "title", diags);
        for (size_t j = 0; j < list->count; j++)
            load_clause(c, list->items[j], text_of(c->clauses_doc, a, "id", diags),
                        diags);
    }
}

static void load_params(struct catalogue *c, struct call *call,
                        const struct yaml_node *list, struct diags *diags) {
    static const char *const words[] = {"name", "kind", "required"};

    if (!list)
        return;
    if (list->kind != YAML_NODE_LIST) {
        yaml_node_wrong(c->calls_doc, list, "params", "a list", diags);
        return;
    }
    call->params = mem_new(list->count, sizeof(*call->params));
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *n = list->items[i],
                               *required = yaml_node_get(n, "required");
        struct param *p = &call->params[call->param_count];
        int kind;

        if (n->kind != YAML_NODE_MAP) {
            yaml_node_wrong(c->calls_doc, n, "params", "a mapping", diags);
            continue;
        }
        yaml_node_only(c->calls_doc, n, words, ARRAY_LEN(words), diags);
        kind =
            word_of(c->calls_doc, n, "kind", kind_words, ARRAY_LEN(kind_words), diags);
        p->name = text_of(c->calls_doc, n, "name", diags);
        p->kind = kind < 0 ? PARAM_TEXT : (enum param_kind)kind;
        if (required && required->kind != YAML_NODE_BOOL)
            yaml_node_wrong(c->calls_doc, required, "required", "true or false", diags);
        p->required = required && required->integer;
        call->param_count++;
    }
}

static void load_call(struct catalogue *c, const struct yaml_node *n,
                      struct diags *diags) {
    static const char *const words[] = {"name",   "method", "path",  "parameters_in",
                                        "effect", "clause", "params"};
    static const char *const places[] = {"query", "body"};
    struct call *call;
    int effect, place;

    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(c->calls_doc, n, "calls", "a mapping", diags);
        return;
    }
    yaml_node_only(c->calls_doc, n, words, ARRAY_LEN(words), diags);
    c->calls = mem_grow(c->calls, c->call_count + 1, sizeof(*c->calls));
    call = &c->calls[c->call_count++];
    memset(call, 0, sizeof(*call));
    call->name = text_of(c->calls_doc, n, "name", diags);
    call->method = text_of(c->calls_doc, n, "method", diags);
    call->path = text_of(c->calls_doc, n, "path", diags);
    if (*call->path && *call->path != '/')
        yaml_node_wrong(c->calls_doc, yaml_node_get(n, "path"), "path",
                        "what begins with /", diags);
    place = word_of(c->calls_doc, n, "parameters_in", places, 2, diags);
    effect = word_of(c->calls_doc, n, "effect", effect_words, 4, diags);
    call->in_body = place == 1;
    call->effect = effect < 0 ? EFFECT_READS : (enum effect)effect;
    call->clause = catalogue_clause(c, text_of(c->calls_doc, n, "clause", diags));
    if (!call->clause)
        diags_add(diags, c->calls_doc->source, n->line, n->column,
                  "clause of \"%.40s\" is not in the catalogue", call->name);
    load_params(c, call, yaml_node_get(n, "params"), diags);
}

static void load_calls(struct catalogue *c, struct diags *diags) {
    static const char *const words[] = {"endpoints", "about", "calls"};
    const struct yaml_node *root = c->calls_doc->root,
                           *list = yaml_node_get(root, "calls");

    if (root->kind != YAML_NODE_MAP || !list || list->kind != YAML_NODE_LIST) {
        yaml_node_wrong(c->calls_doc, root, "endpoints", "a mapping with calls", diags);
        return;
    }
    yaml_node_only(c->calls_doc, root, words, ARRAY_LEN(words), diags);
    check_head(c->calls_doc, "endpoints", diags);
    for (size_t i = 0; i < list->count; i++)
        load_call(c, list->items[i], diags);
    for (int e = EFFECT_WRITES; e <= EFFECT_REMOVES; e++)
        if (!catalogue_effect(c, (enum effect)e))
            diags_add(diags, c->calls_doc->source, root->line, root->column,
                      "no call whose effect is \"%s\"", effect_words[e]);
}

struct catalogue *catalogue_load_files(const char *clauses, const char *calls,
                                       struct diags *diags) {
    struct catalogue *c = mem_new(1, sizeof(*c));
    size_t before = diags->count;

    c->clauses_doc = yaml_doc_load(clauses, &yaml_limits_spec, diags);
    c->calls_doc = yaml_doc_load(calls, &yaml_limits_spec, diags);
    if (c->clauses_doc && c->calls_doc) {
        load_clauses(c, diags);
        load_calls(c, diags);
    }
    if (diags->count > before) {
        catalogue_free(c);
        return NULL;
    }
    return c;
}

struct catalogue *catalogue_load(const char *dir, struct diags *diags) {
    char *clauses = mem_printf("%s/clauses.yaml", dir);
    char *calls = mem_printf("%s/endpoints.yaml", dir);
    struct catalogue *c = catalogue_load_files(clauses, calls, diags);

    free(clauses);
    free(calls);
    return c;
}

const struct clause *catalogue_clause(const struct catalogue *c, const char *id) {
    for (size_t i = 0; i < c->clause_count; i++)
        if (strcmp(c->clauses[i].id, id) == 0)
            return &c->clauses[i];
    return NULL;
}

const struct call *catalogue_call(const struct catalogue *c, const char *name) {
    for (size_t i = 0; i < c->call_count; i++)
        if (strcmp(c->calls[i].name, name) == 0)
            return &c->calls[i];
    return NULL;
}

const struct call *catalogue_effect(const struct catalogue *c, enum effect e) {
    for (size_t i = 0; i < c->call_count; i++)
        if (c->calls[i].effect == e)
            return &c->calls[i];
    return NULL;
}

void catalogue_free(struct catalogue *c) {
    if (!c)
        return;
    for (size_t i = 0; i < c->call_count; i++)
        free(c->calls[i].params);
    free(c->calls);
    free(c->clauses);
    yaml_doc_free(c->clauses_doc);
    yaml_doc_free(c->calls_doc);
    free(c);
}
