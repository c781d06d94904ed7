/* The files of a suite come in. Suites and their cases go out, or every error of every
 * file. */
#include "harness/spec/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/spec/spec_load.h"
#include "harness/spec/vars.h"

void *loader_own(struct spec_loader *l, size_t count, size_t size) {
    struct specs *s = l->specs;

    s->owned = mem_grow(s->owned, s->owned_count + 1, sizeof(*s->owned));
    return s->owned[s->owned_count++] = mem_new(count, size);
}

const char *loader_text(struct spec_loader *l, const char *text) {
    char *copy = loader_own(l, strlen(text) + 1, 1);

    return memcpy(copy, text, strlen(text) + 1);
}

json_t *loader_tree(struct spec_loader *l, const struct yaml_node *n) {
    json_t *tree = yaml_node_to_json(n);

    json_array_append_new(l->specs->trees, tree);
    return tree;
}

bool loader_error(struct spec_loader *l, const struct yaml_node *n, const char *fmt,
                  ...) {
    char text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return diags_add(l->diags, l->doc->source, n->line, n->column, "%s", text);
}

static const char *text_key(struct spec_loader *l, const struct yaml_node *map,
                            const char *key) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n && n->kind == YAML_NODE_TEXT && n->len)
        return loader_text(l, n->text);
    if (n)
        yaml_node_wrong(l->doc, n, key, "text", l->diags);
    else
        loader_error(l, map, "`%s` is missing", key);
    return "";
}

static bool id_ok(const char *id) {
    return *id && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(id);
}

static void load_need(struct spec_loader *l, const struct yaml_node *n,
                      struct need *need) {
    static const char *const roles[] = {"other_account", "live", "ui_extension"};
    static const char *const words[] = {"other_account", "live",  "ui_extension",
                                        "capped",        "clock", "own_users"};
    static const char *const room[] = {"secrets_per_scope"};
    const struct yaml_node *count = yaml_node_get(n, room[0]);
    const char *near;

    if (n->kind == YAML_NODE_MAP)
        yaml_node_only(l->doc, n, room, ARRAY_LEN(room), l->diags);

    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (yaml_node_is(n, roles[i]))
            need->role = roles[i];
    need->capped = yaml_node_is(n, "capped");
    need->clock = yaml_node_is(n, "clock");
    need->own_users = yaml_node_is(n, "own_users");
    if (count && count->kind == YAML_NODE_INT)
        need->secrets_per_scope = count->integer;
    if (need->role || need->capped || need->clock || need->own_users ||
        need->secrets_per_scope)
        return;
    near = n->text ? str_nearest(n->text, words, ARRAY_LEN(words)) : NULL;
    loader_error(l, n, "needs: unknown%s%s%s", near ? "; did you mean \"" : "",
                 near ? near : "", near ? "\"?" : "");
}

static void load_lists(struct spec_loader *l, const struct yaml_node *n,
                       struct test_case *c) {
    const struct yaml_node *needs = yaml_node_get(n, "needs"),
                           *locks = yaml_node_get(n, "locks");
    const struct yaml_node *tags = yaml_node_get(n, "tags");

    if (needs && needs->kind == YAML_NODE_LIST) {
        c->needs = loader_own(l, needs->count, sizeof(*c->needs));
        c->need_count = needs->count;
        for (size_t i = 0; i < needs->count; i++)
            load_need(l, needs->items[i], &c->needs[i]);
    } else if (needs) {
        yaml_node_wrong(l->doc, needs, "needs", "a list", l->diags);
    }
    if (locks && locks->kind == YAML_NODE_LIST) {
        c->locks = loader_own(l, locks->count, sizeof(*c->locks));
        for (size_t i = 0; i < locks->count; i++) {
            if (!yaml_node_is(locks->items[i], "account") &&
                !yaml_node_is(locks->items[i], "ui_user"))
                yaml_node_wrong(l->doc, locks->items[i], "locks", "account or ui_user",
                                l->diags);
            else
                c->locks[c->lock_count++] = loader_text(l, locks->items[i]->text);
        }
    } else if (locks) {
        yaml_node_wrong(l->doc, locks, "locks", "a list", l->diags);
    }
    if (tags && tags->kind != YAML_NODE_LIST) {
        yaml_node_wrong(l->doc, tags, "tags", "a list", l->diags);
        tags = NULL;
    }
    for (size_t i = 0; tags && i < tags->count; i++) {
        if (!yaml_node_is(tags->items[i], "slow"))
            yaml_node_wrong(l->doc, tags->items[i], "tags", "slow", l->diags);
        c->slow = true;
    }
}

static void load_rows(struct spec_loader *l, const struct yaml_node *n,
                      struct test_case *c) {
    const struct yaml_node *first;

    if (n->kind != YAML_NODE_LIST || n->count == 0) {
        yaml_node_wrong(l->doc, n, "for_each", "a list of mappings", l->diags);
        return;
    }
    first = n->items[0];
    for (size_t i = 0; i < n->count; i++) {
        const struct yaml_node *row = n->items[i];

        if (row->kind != YAML_NODE_MAP || row->count != first->count) {
            loader_error(l, row, "for_each: every row is a mapping with the same keys");
            return;
        }
        for (size_t j = 0; j < row->count; j++) {
            if (!yaml_node_get(first, row->keys[j]->text))
                loader_error(l, row->keys[j],
                             "for_each: key \"%.40s\" is not in the first row",
                             row->keys[j]->text);
            json_object_set_new(l->known, row->keys[j]->text, json_true());
        }
    }
    c->for_each = loader_tree(l, n);
}

static void visit_steps(struct step *steps, size_t count,
                        void (*each)(struct step *s, void *context), void *context) {
    for (size_t i = 0; i < count; i++) {
        each(&steps[i], context);
        for (size_t j = 0; j < steps[i].branch_count; j++)
            visit_steps(steps[i].branches[j].steps, steps[i].branches[j].step_count,
                        each, context);
    }
}

struct clause_tally {
    size_t checks, negative;
};

static void tally_step(struct step *s, void *context) {
    struct clause_tally *t = context;

    t->checks += s->judge && !s->check_count; /* not yet made: there was an error */
    for (size_t i = 0; i < s->check_count; i++) {
        t->checks += !s->checks[i].left_nothing;
        t->negative += !s->checks[i].left_nothing && check_is_negative(&s->checks[i]);
    }
}

static void check_case(struct spec_loader *l, const struct yaml_node *n,
                       struct test_case *c) {
    struct clause_tally t = {0};

    visit_steps(c->steps, c->step_count, tally_step, &t);
    if (c->step_count && t.checks == 0)
        loader_error(l, n, "case \"%.60s\" checks nothing", c->id);
    if (t.checks && t.checks == t.negative && c->given_count == 0 && !c->why_no_control)
        loader_error(
            l, n,
            "case \"%.60s\" expects refusals only: add a positive control, or say "
            "`why_no_control`",
            c->id);
}

static void load_case(struct spec_loader *l, const struct yaml_node *n,
                      struct test_case *c) {
    static const char *const words[] = {"id",    "title",    "given",
                                        "steps", "for_each", "needs",
                                        "locks", "tags",     "why_no_control"};
    const struct yaml_node *v;

    c->suite = l->suite;
    c->node = n;
    c->id = c->title = "";
    c->line = n->line;
    c->column = n->column;
    if (n->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, n, "a case", "a mapping", l->diags);
        return;
    }
    yaml_node_only(l->doc, n, words, ARRAY_LEN(words), l->diags);
    l->present = c;
    l->known = json_object();
    c->id = text_key(l, n, "id");
    c->title = text_key(l, n, "title");
    if (*c->id && !id_ok(c->id))
        loader_error(l, yaml_node_get(n, "id"),
                     "id: lower case letters, digits, dots and dashes");
    if ((v = yaml_node_get(n, "why_no_control")))
        c->why_no_control = text_key(l, n, "why_no_control");
    load_lists(l, n, c);
    if ((v = yaml_node_get(n, "for_each")))
        load_rows(l, v, c);
    l->in_given = true;
    if ((v = yaml_node_get(n, "given")))
        load_steps(l, v, "given", &c->given, &c->given_count);
    l->in_given = false;
    if ((v = yaml_node_get(n, "steps")))
        load_steps(l, v, "steps", &c->steps, &c->step_count);
    else
        loader_error(l, n, "`steps` is missing");
    if (l->extension && !l->diags->count)
        l->extension->play(l, c);
    check_case(l, n, c);
    json_decref(l->known);
    l->known = NULL;
}

static void load_cases(struct spec_loader *l, const struct yaml_node *list) {
    struct suite *s = l->suite;

    if (!list || list->kind != YAML_NODE_LIST || list->count == 0) {
        loader_error(l, list ? list : l->doc->root, "`cases` is no list of cases");
        return;
    }
    s->cases = loader_own(l, list->count, sizeof(*s->cases));
    s->case_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        load_case(l, list->items[i], &s->cases[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(s->cases[i].id, s->cases[j].id) == 0)
                loader_error(l, list->items[i],
                             "case \"%.60s\" stands here twice; first on line %d",
                             s->cases[i].id, s->cases[j].line);
    }
}

/* The spec that a grid stands for; NULL = an error was told. */
static const struct yaml_node *expand(struct spec_loader *l) {
    if (l->extension)
        return l->extension->expand(l);
    loader_error(l, l->doc->root,
                 "a grid stands for cases of a run; here none are read");
    return NULL;
}

static void load_suite(struct spec_loader *l) {
    static const char *const words[] = {"spec", "suite", "about", "cases"};
    bool grid = yaml_node_get(l->doc->root, "grid") != NULL;
    const struct yaml_node *root = grid ? expand(l) : l->doc->root, *version;
    const char *base = strrchr(l->suite->file, '/');
    bool piped =
        strcmp(l->suite->file, "-") == 0 || str_starts(l->suite->file, "/dev/");
    char *want;

    if (!root) /* a grid with errors */
        return;
    if (root->kind != YAML_NODE_MAP) {
        yaml_node_wrong(l->doc, root, "a spec",
                        "a mapping with spec, suite, about, cases", l->diags);
        return;
    }
    yaml_node_only(l->doc, root, words, ARRAY_LEN(words), l->diags);
    version = yaml_node_get(root, "spec");
    if (!version || version->kind != YAML_NODE_INT || version->integer != 1)
        loader_error(l, version ? version : root,
                     "`spec: 1` is the only version known");
    l->suite->name = text_key(l, root, "suite");
    l->suite->about = text_key(l, root, "about");
    if (grid && *l->suite->name && !str_starts(l->suite->name, "grid."))
        loader_error(l, yaml_node_get(root, "suite"),
                     "the suite of a grid is named grid.NAME");
    want = mem_printf("%s.yaml",
                      l->suite->name + (grid && str_starts(l->suite->name, "grid.")
                                            ? strlen("grid.")
                                            : 0));
    if (!piped && *l->suite->name &&
        strcmp(want, base ? base + 1 : l->suite->file) != 0)
        loader_error(l, yaml_node_get(root, "suite"),
                     "the file of suite \"%.60s\" must be named %.80s", l->suite->name,
                     want);
    free(want);
    load_cases(l, yaml_node_get(root, "cases"));
}

/* ---- duplicate check ids, the digest, loading ---- */

struct seen {
    json_t *ids;
    struct diags *diags;
};

static bool see(const struct test_case *c, const struct step *step,
                const struct check *k, const json_t *row, const char *id,
                void *context) {
    struct seen *s = context;
    const json_t *before = json_object_get(s->ids, id);

    (void)step, (void)row;
    if (before)
        diags_add(s->diags, c->suite->file, k->line, k->column,
                  "check \"%.120s\" stands here twice; first on line %d%s", id,
                  (int)json_integer_value(before),
                  row ? " (with for_each, put a ${variable} in the id)" : "");
    else
        json_object_set_new(s->ids, id, json_integer(k->line));
    return true;
}

static void add_digest(struct buf *all, const struct spec_text *t) {
    const char *base = strrchr(t->file, '/');

    buf_addf(all, "%s %zu\n", base ? base + 1 : t->file, t->len);
    buf_add(all, t->text, t->len);
}

static char *slurp(const char *path, size_t *len, struct diags *diags) {
    struct err err = {0};
    char *text = file_slurp(path, yaml_limits_spec.bytes, len, &err);

    if (!text)
        diags_add_err(diags, &err);
    return text;
}

static void make_digest(struct specs *s, const char *dir, const struct spec_text *texts,
                        size_t count, struct diags *diags) {
    static const char *const shared[] = {"clauses.yaml", "endpoints.yaml"};
    struct buf all = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
        char *path = mem_printf("%s/%s", dir, shared[i]);
        struct spec_text t = {.file = path};
        char *text = slurp(path, &t.len, diags);

        t.text = text;
        if (text)
            add_digest(&all, &t);
        free(text);
        free(path);
    }
    for (size_t i = 0; i < count; i++)
        add_digest(&all, &texts[i]);
    str_sha256(all.ptr, all.len, s->digest);
    buf_release(&all);
}

static void load_text(struct spec_loader *l, const struct spec_text *t) {
    struct specs *s = l->specs;

    l->suite = &s->suites[s->suite_count];
    l->suite->name = l->suite->about = "";
    l->suite->file = loader_text(l, t->file);
    l->doc =
        yaml_doc_parse(l->suite->file, t->text, t->len, &yaml_limits_spec, l->diags);
    if (!l->doc)
        return;
    l->suite->doc = l->doc;
    s->suite_count++;
    load_suite(l);
}

static struct specs *load_texts(const char *dir, const struct spec_text *texts,
                                size_t count, const struct spec_extension *extension,
                                struct diags *diags) {
    struct spec_loader l = {.diags = diags, .extension = extension};
    struct seen seen = {NULL, diags};

    l.specs = mem_new(1, sizeof(*l.specs));
    l.specs->trees = json_array();
    l.specs->catalogue = catalogue_load(dir, diags);
    if (l.specs->catalogue) {
        l.specs->suites = loader_own(&l, count, sizeof(*l.specs->suites));
        for (size_t i = 0; i < count; i++)
            load_text(&l, &texts[i]);
        if (!diags->count) {
            seen.ids = json_object();
            specs_each_check(l.specs, see, &seen);
            json_decref(seen.ids);
            make_digest(l.specs, dir, texts, count, diags);
        }
    }
    if (diags->count) {
        specs_free(l.specs);
        return NULL;
    }
    return l.specs;
}

struct specs *specs_load_texts(const char *dir, const struct spec_text *texts,
                               size_t count, struct diags *diags) {
    return load_texts(dir, texts, count, NULL, diags);
}

/* The files of suites/ and of the extension's folder; each for free(). */
static char **shipped_files(const char *dir, const struct spec_extension *extension,
                            size_t *count, struct diags *diags) {
    const char *folders[] = {"suites", extension ? extension->folder : NULL};
    char **all = NULL;

    *count = 0;
    for (size_t i = 0; i < ARRAY_LEN(folders) && folders[i]; i++) {
        char *folder = mem_printf("%s/%s", dir, folders[i]);
        struct err err = {0};
        size_t n = 0;
        char **found = file_list(folder, ".yaml", &n, &err);

        if (!found)
            diags_add_err(diags, &err);
        all = mem_grow(all, *count + n + 1, sizeof(*all));
        for (size_t k = 0; k < n; k++)
            all[(*count)++] = found[k];
        free(found);
        free(folder);
    }
    return all;
}

struct specs *specs_load_extended(const char *dir, const char *const *files,
                                  size_t file_count,
                                  const struct spec_extension *extension,
                                  struct diags *diags) {
    char **found = NULL;
    struct spec_text *texts;
    struct specs *specs;
    size_t count = 0;

    if (!file_count)
        found = shipped_files(dir, extension, &file_count, diags);
    texts = mem_new(file_count + 1, sizeof(*texts));
    for (size_t i = 0; i < file_count; i++) {
        texts[count].file = found ? found[i] : files[i];
        texts[count].text = slurp(texts[count].file, &texts[count].len, diags);
        count += texts[count].text != NULL;
    }
    specs = load_texts(dir, texts, count, extension, diags);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)texts[i].text);
    for (size_t i = 0; found && i < file_count; i++)
        free(found[i]);
    free(texts);
    free(found);
    return specs;
}

struct specs *specs_load(const char *dir, const char *const *files, size_t file_count,
                         struct diags *diags) {
    return specs_load_extended(dir, files, file_count, NULL, diags);
}

void specs_free(struct specs *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->suite_count; i++)
        yaml_doc_free(s->suites[i].doc);
    for (size_t i = 0; i < s->owned_count; i++)
        free(s->owned[i]);
    free(s->owned);
    json_decref(s->trees);
    catalogue_free(s->catalogue);
    free(s);
}

char *check_full_id(const struct test_case *c, const struct check *k,
                    const json_t *row) {
    struct vars v = {.map = row ? json_incref((json_t *)(uintptr_t)row) : NULL};
    json_t *text = json_string(k->id), *filled;
    char missing[64], *id;

    filled = vars_fill(&v, text, missing);
    id = mem_printf("%s/%s/%s", c->suite->name, c->id,
                    filled && json_is_string(filled) ? json_string_value(filled)
                                                     : k->id);
    json_decref(text);
    json_decref(filled);
    vars_release(&v);
    return id;
}

struct visit {
    const struct test_case *c;
    const json_t *row;
    bool (*each)(const struct test_case *c, const struct step *step,
                 const struct check *k, const json_t *row, const char *id,
                 void *context);
    void *context;
    bool ok;
};

static void visit_checks(struct step *s, void *context) {
    struct visit *v = context;

    for (size_t i = 0; v->ok && i < s->check_count; i++) {
        char *id;

        if (!s->checks[i].id)
            continue;
        id = check_full_id(v->c, &s->checks[i], v->row);
        v->ok = v->each(v->c, s, &s->checks[i], v->row, id, v->context);
        free(id);
    }
}

bool specs_each_check(const struct specs *s,
                      bool (*each)(const struct test_case *c, const struct step *step,
                                   const struct check *k, const json_t *row,
                                   const char *id, void *context),
                      void *context) {
    struct visit v = {NULL, NULL, each, context, true};

    for (size_t i = 0; v.ok && i < s->suite_count; i++)
        for (size_t j = 0; v.ok && j < s->suites[i].case_count; j++) {
            struct test_case *c = &s->suites[i].cases[j];
            size_t rows = c->for_each ? json_array_size(c->for_each) : 1;

            v.c = c;
            for (size_t r = 0; v.ok && r < rows; r++) {
                v.row = c->for_each ? json_array_get(c->for_each, r) : NULL;
                visit_steps(c->steps, c->step_count, visit_checks, &v);
            }
        }
    return v.ok;
}
