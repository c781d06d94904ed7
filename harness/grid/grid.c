/* A grid as YAML comes in. The suite of its rows goes out, as the YAML of a spec. */
#include "harness/grid/grid.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/grid/row_template.h"

enum {
    MAX_RULES = 64,
    MAX_TRIES = 200,
    MAX_ROWS = 10000,
    FEW = 2 /* secrets that any scope holds */
};

struct grid {
    struct spec_loader *l;
    struct template t;
    struct factor factors[COVERING_MAX_FACTORS];
    unsigned values[COVERING_MAX_FACTORS];
    uint64_t invalid[COVERING_MAX_FACTORS];
    struct covering c;
    struct covering_rule never[MAX_RULES + COVERING_MAX_FACTORS], also[MAX_RULES];
    struct covering_term deep[COVERING_MAX_FACTORS];
    const struct yaml_node *body; /* `case` */
};

static const struct grid_options *options_of(const struct spec_loader *l) {
    return l->extension->options;
}

static bool word_ok(const struct yaml_node *n) {
    return n && n->kind == YAML_NODE_TEXT && n->len &&
           strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n->len;
}

/* ---- factors ---- */

static void load_value(struct grid *g, struct factor *f, const struct yaml_node *n) {
    const struct yaml_node *name =
        n->kind == YAML_NODE_MAP ? yaml_node_get(n, "value") : n;
    const struct yaml_node *invalid = yaml_node_get(n, "invalid"),
                           *depth = yaml_node_get(n, "depth"),
                           *needs = yaml_node_get(n, "needs");

    if (!word_ok(name)) {
        yaml_node_wrong(
            g->l->doc, name ? name : n, f->name,
            "a value: a word of small letters, digits and dashes, or a mapping "
            "with `value`",
            g->l->diags);
        return;
    }
    if (f->count == COVERING_MAX_VALUES) {
        loader_error(g->l, n, "%s: more than %d values", f->name, COVERING_MAX_VALUES);
        return;
    }
    for (const struct factor *o = g->factors; o <= f; o++)
        for (unsigned v = 0; v < o->count; v++)
            if (strcmp(o->names[v], name->text) == 0 &&
                (o == f || (v != 0 && f->count != 0)))
                loader_error(
                    g->l, name,
                    "value \"%.40s\" stands here twice; the ids of rows are made "
                    "of them",
                    name->text);
    if (depth && (depth->kind != YAML_NODE_INT || depth->integer != 3))
        yaml_node_wrong(g->l->doc, depth, "depth", "3", g->l->diags);
    else if (depth)
        f->deep |= (uint64_t)1 << f->count;
    if (invalid && invalid->kind != YAML_NODE_BOOL)
        yaml_node_wrong(g->l->doc, invalid, "invalid", "true or false", g->l->diags);
    else if (invalid && invalid->integer)
        f->invalid |= (uint64_t)1 << f->count;
    if (needs && needs->kind != YAML_NODE_LIST)
        yaml_node_wrong(g->l->doc, needs, "needs", "a list", g->l->diags);
    f->values[f->count] = n;
    f->names[f->count++] = name->text;
}

static void load_factors(struct grid *g, const struct yaml_node *map) {
    if (!map || map->kind != YAML_NODE_MAP || map->count == 0) {
        loader_error(g->l, map ? map : g->l->doc->root,
                     "`factors` is no mapping of factors to their values");
        return;
    }
    if (map->count > COVERING_MAX_FACTORS) {
        loader_error(g->l, map, "more than %d factors", COVERING_MAX_FACTORS);
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        struct factor *f = &g->factors[i];

        f->name = map->keys[i]->text;
        f->place = map->keys[i];
        if (!word_ok(map->keys[i]) || yaml_node_is(map->keys[i], "row"))
            loader_error(
                g->l, f->place,
                "a factor is a word of small letters, digits and dashes, and not "
                "`row`");
        if (map->items[i]->kind != YAML_NODE_LIST || map->items[i]->count == 0)
            yaml_node_wrong(g->l->doc, map->items[i], f->name, "a list of values",
                            g->l->diags);
        else
            for (size_t v = 0; v < map->items[i]->count; v++)
                load_value(g, f, map->items[i]->items[v]);
        g->t.factor_count = g->c.factor_count = i + 1;
        g->values[i] = f->count;
        g->invalid[i] = f->invalid;
    }
}

/* ---- rules ---- */

/* {factor: condition, ..}, or for `also` a list of factors. */
static void load_rule(struct grid *g, const struct yaml_node *n, const char *key,
                      struct covering_rule *rule) {
    struct covering_term *terms = loader_own(g->l, n->count + 1, sizeof(*terms));
    bool listed = n->kind == YAML_NODE_LIST && strcmp(key, "also") == 0;

    rule->terms = terms;
    if (n->kind != YAML_NODE_MAP && !listed) {
        yaml_node_wrong(g->l->doc, n, key, "a mapping of factors to values",
                        g->l->diags);
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *name = listed ? n->items[i] : n->keys[i];
        const struct factor *f =
            name->text ? template_factor(&g->t, name, name->text, name->len) : NULL;

        if (!f)
            continue;
        terms[rule->term_count++] = (struct covering_term){
            (unsigned)(f - g->factors),
            listed ? UINT64_MAX : template_condition(&g->t, f, n->items[i])};
    }
    if (strcmp(key, "also") == 0 && (rule->term_count < 2 || rule->term_count > 4))
        loader_error(g->l, n, "also: two to four factors together");
}

static size_t load_rules(struct grid *g, const char *key, struct covering_rule *rules) {
    const struct yaml_node *list = yaml_node_get(g->l->doc->root, key);
    size_t count = 0;

    if (!list)
        return 0;
    if (list->kind != YAML_NODE_LIST || list->count > MAX_RULES) {
        yaml_node_wrong(g->l->doc, list, key, "a list of at most 64 rules",
                        g->l->diags);
        return 0;
    }
    for (; count < list->count; count++)
        load_rule(g, list->items[count], key, &rules[count]);
    return count;
}

/* Values that are left to those who ask for triples. */
static void leave_deep(struct grid *g) {
    for (size_t f = 0; f < g->c.factor_count; f++) {
        if (!g->factors[f].deep || options_of(g->l)->depth >= 3 ||
            options_of(g->l)->random_rows)
            continue;
        g->deep[f] = (struct covering_term){(unsigned)f, g->factors[f].deep};
        g->never[g->c.never_count++] = (struct covering_rule){&g->deep[f], 1};
    }
}

static void load_strength(struct grid *g) {
    const struct yaml_node *n = yaml_node_get(g->l->doc->root, "together");

    g->c.strength = 2;
    if (n && (n->kind != YAML_NODE_INT || n->integer < 1 || n->integer > 3))
        yaml_node_wrong(g->l->doc, n, "together", "1, 2 or 3", g->l->diags);
    else if (n)
        g->c.strength = (unsigned)n->integer;
    if (options_of(g->l)->depth >= 3) /* one more: triples where pairs are usual */
        g->c.strength = g->c.strength < 3 ? g->c.strength + 1 : 3;
}

static void load_body(struct grid *g) {
    static const char *const parts[] = {"title", "given", "steps", "needs",
                                        "why_no_control"};
    const struct yaml_node *title, *needs;

    g->body = yaml_node_get(g->l->doc->root, "case");
    if (!g->body || g->body->kind != YAML_NODE_MAP) {
        loader_error(g->l, g->body ? g->body : g->l->doc->root,
                     "`case` is no mapping of a case");
        return;
    }
    yaml_node_only(g->l->doc, g->body, parts, ARRAY_LEN(parts), g->l->diags);
    title = yaml_node_get(g->body, "title");
    needs = yaml_node_get(g->body, "needs");
    if (!title)
        loader_error(g->l, g->body, "`title` is missing");
    else if (title->kind != YAML_NODE_TEXT || !title->len)
        yaml_node_wrong(g->l->doc, title, "title", "text", g->l->diags);
    if (needs && needs->kind != YAML_NODE_LIST)
        yaml_node_wrong(g->l->doc, needs, "needs", "a list", g->l->diags);
}

static bool load_grid(struct grid *g) {
    static const char *const words[] = {"grid",     "suite", "about", "factors",
                                        "together", "also",  "never", "case"};
    const struct yaml_node *root = g->l->doc->root,
                           *version = yaml_node_get(root, "grid");
    size_t before = g->l->diags->count;

    yaml_node_only(g->l->doc, root, words, ARRAY_LEN(words), g->l->diags);
    if (version->kind != YAML_NODE_INT || version->integer != 1)
        loader_error(g->l, version, "`grid: 1` is the only version known");
    load_factors(g, yaml_node_get(root, "factors"));
    if (g->l->diags->count == before) {
        g->c.never_count = load_rules(g, "never", g->never);
        g->c.also_count = load_rules(g, "also", g->also);
        leave_deep(g);
    }
    load_strength(g);
    load_body(g);
    return g->l->diags->count == before;
}

/* ---- rows ---- */

/* The values that are not the usual ones. */
static char *row_id(const struct grid *g, const unsigned *row) {
    struct buf id = BUF_INIT(BUF_UNLIMITED);

    for (size_t f = 0; f < g->c.factor_count; f++)
        if (row[f])
            buf_addf(&id, "%s%s", id.len ? "." : "", g->factors[f].names[row[f]]);
    if (!id.len)
        buf_adds(&id, "usual");
    return buf_take(&id, NULL);
}

/* The title of all, and what this row has. */
static const struct yaml_node *row_title(struct grid *g, const unsigned *row) {
    const struct yaml_node *title = yaml_node_get(g->body, "title");
    const struct yaml_node *own = title ? template_expand(&g->t, title) : NULL;
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    const struct yaml_node *made;

    buf_addf(&text, "%s (", own && own->text ? own->text : "");
    for (size_t f = 0; f < g->c.factor_count; f++)
        buf_addf(&text, "%s%s %s", f ? ", " : "", g->factors[f].name,
                 g->factors[f].names[row[f]]);
    buf_addc(&text, ')');
    made = template_text(&g->t, text.ptr, title ? title : g->body);
    buf_release(&text);
    return made;
}

/* What a case must say of itself: read from its steps. */
struct traits {
    bool account, ui_user, waits;
    size_t secrets; /* at most so many names are set */
    const char *names[32];
    size_t name_count;
};

static void count_names(const struct yaml_node *step, struct traits *t) {
    const struct yaml_node *set = yaml_node_get(step, "set"),
                           *repeat = yaml_node_get(step, "repeat"),
                           *name = yaml_node_get(set, "name");

    if (!set)
        return;
    for (size_t i = 0; name && name->text && i < t->name_count; i++)
        if (strcmp(t->names[i], name->text) == 0)
            return;
    if (name && name->text && t->name_count < ARRAY_LEN(t->names))
        t->names[t->name_count++] = name->text;
    t->secrets += repeat && repeat->kind == YAML_NODE_INT ? (size_t)repeat->integer : 1;
}

static void read_traits(const struct yaml_node *n, struct traits *t) {
    if (n->kind == YAML_NODE_TEXT && strstr(n->text, "${credential.ui_extension.user"))
        t->ui_user = true;
    count_names(n, t);
    for (size_t i = 0; i < n->count; i++) {
        const char *key = n->kind == YAML_NODE_MAP ? n->keys[i]->text : "";

        if ((strcmp(key, "scope") == 0 || strcmp(key, "type") == 0) &&
            yaml_node_is(n->items[i], "account"))
            t->account = true;
        if (strcmp(key, "wait") == 0)
            t->waits = true;
        read_traits(n->items[i], t);
    }
}

static void add_words(struct grid *g, struct yaml_node *map, const char *key,
                      const char *first, const char *second) {
    struct yaml_node *list = template_group(&g->t, YAML_NODE_LIST, 2, map);

    if (first)
        list->items[list->count++] = template_text(&g->t, first, map);
    if (second)
        list->items[list->count++] = template_text(&g->t, second, map);
    if (list->count)
        template_add(&g->t, map, key, list);
}

/* As `needs` of a spec says it. */
static struct yaml_node *room_for(struct grid *g, size_t secrets,
                                  const struct yaml_node *place) {
    struct yaml_node *need = template_group(&g->t, YAML_NODE_MAP, 1, place),
                     *count = template_node(&g->t, YAML_NODE_INT, place);

    count->integer = (int64_t)secrets;
    count->text = "";
    template_add(&g->t, need, "secrets_per_scope", count);
    return need;
}

static void add_needs(struct grid *g, struct yaml_node *map, const unsigned *row,
                      size_t secrets) {
    struct yaml_node *needs = template_group(&g->t, YAML_NODE_LIST, 64, map);

    for (size_t f = 0; f <= g->c.factor_count; f++) {
        const struct yaml_node *more =
            f == g->c.factor_count
                ? yaml_node_get(g->body, "needs")
                : yaml_node_get(g->factors[f].values[row[f]], "needs");

        for (size_t i = 0; more && i < more->count && needs->count < 62; i++)
            needs->items[needs->count++] = more->items[i];
    }
    if (secrets > FEW)
        needs->items[needs->count++] = room_for(g, secrets, map);
    if (needs->count)
        template_add(&g->t, map, "needs", needs);
}

static const struct yaml_node *make_case(struct grid *g, const unsigned *row) {
    static const char *const parts[] = {"given", "steps", "why_no_control"};
    struct yaml_node *map = template_group(&g->t, YAML_NODE_MAP, 8, g->body);
    struct traits traits = {0};
    char *id = row_id(g, row);

    g->t.row = row;
    g->t.row_id = loader_text(g->l, id);
    free(id);
    template_add(&g->t, map, "id", template_text(&g->t, g->t.row_id, g->body));
    template_add(&g->t, map, "title", row_title(g, row));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct yaml_node *part = yaml_node_get(g->body, parts[i]),
                               *made = part ? template_expand(&g->t, part) : NULL;

        if (!made || (made->kind == YAML_NODE_LIST && made->count == 0))
            continue;
        read_traits(made, &traits);
        template_add(&g->t, map, parts[i], made);
    }
    add_needs(g, map, row, traits.secrets);
    add_words(g, map, "locks", traits.account ? "account" : NULL,
              traits.ui_user ? "ui_user" : NULL);
    add_words(g, map, "tags", traits.waits ? "slow" : NULL, NULL);
    return map;
}

/* A grid of more values gets more rows. */
static size_t rows_wanted(const struct grid *g) {
    size_t values = 0;

    for (size_t f = 0; f < g->c.factor_count; f++)
        values += g->values[f];
    return (options_of(g->l)->random_rows * values + 99) / 100;
}

/* Rows that chance draws, for exploring. */
static unsigned *random_rows(const struct grid *g, size_t *count) {
    const struct grid_options *o = options_of(g->l);
    size_t wanted = rows_wanted(g);
    unsigned *rows = mem_new(wanted * g->c.factor_count + 1, sizeof(*rows));
    struct id_source ids;
    uint64_t salt = 0;

    for (const char *p = g->l->suite->name; *p; p++)
        salt = salt * 31 + (unsigned char)*p;
    id_seed(&ids, o->seed ^ salt);
    *count = 0;
    for (size_t i = 0; i < MAX_TRIES * wanted && *count < wanted; i++) {
        unsigned *row = rows + *count * g->c.factor_count;

        for (size_t f = 0; f < g->c.factor_count; f++)
            row[f] = (unsigned)id_below(&ids, g->values[f]);
        for (size_t k = 0; k < *count && row; k++)
            if (memcmp(rows + k * g->c.factor_count, row,
                       g->c.factor_count * sizeof(*row)) == 0)
                row = NULL;
        if (row && covering_allows(&g->c, row))
            ++*count;
    }
    return rows;
}

static const struct yaml_node *make_suite(struct grid *g, const unsigned *rows,
                                          size_t count) {
    const struct yaml_node *root = g->l->doc->root,
                           *suite = yaml_node_get(root, "suite");
    struct yaml_node *spec = template_group(&g->t, YAML_NODE_MAP, 4, root), *one;
    struct yaml_node *cases = template_group(&g->t, YAML_NODE_LIST, count, g->body);

    one = template_node(&g->t, YAML_NODE_INT, root);
    one->integer = 1;
    one->text = "1";
    one->len = 1;
    template_add(&g->t, spec, "spec", one);
    if (suite)
        template_add(&g->t, spec, "suite", suite);
    if (yaml_node_get(root, "about"))
        template_add(&g->t, spec, "about", yaml_node_get(root, "about"));
    for (size_t i = 0; i < count; i++)
        cases->items[cases->count++] =
            (struct yaml_node *)(uintptr_t)make_case(g, rows + i * g->c.factor_count);
    template_add(&g->t, spec, "cases", cases);
    return spec;
}

/* False: an error was told. */
static bool rows_of(struct grid *g, unsigned **rows, size_t *count) {
    bool drawn = options_of(g->l)->random_rows > 0;

    if (!drawn && covering_size(&g->c) > COVERING_MAX_SIZE)
        return loader_error(
            g->l, g->l->doc->root,
            "more than %d combinations: fewer values, or fewer together",
            COVERING_MAX_SIZE);
    *rows = drawn ? random_rows(g, count) : covering_rows(&g->c, count);
    if (*count && *count <= MAX_ROWS)
        return true;
    free(*rows);
    return loader_error(g->l, g->l->doc->root,
                        *count ? "more than 10,000 rows"
                               : "no row of this grid is allowed");
}

const struct yaml_node *grid_expand(struct spec_loader *l) {
    struct grid *g = mem_new(1, sizeof(*g));
    const struct yaml_node *spec = NULL;
    unsigned *rows = NULL;
    size_t count;

    g->l = l;
    g->t = (struct template){.l = l, .factors = g->factors};
    g->c = (struct covering){
        .values = g->values, .invalid = g->invalid, .never = g->never, .also = g->also};
    if (load_grid(g) && rows_of(g, &rows, &count)) {
        spec = make_suite(g, rows, count);
        free(rows);
    }
    free(g);
    return spec;
}
