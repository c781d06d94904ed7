/* A faults file and the requests come in, one after the other. Which of them is spoilt,
 * and how, goes out; the same for the same seed. */
#include "proxy/faults.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/yaml.h"

struct faults {
    struct fault *items;
    size_t count;
    json_t *source; /* as it was written */
    uint64_t seed;
    struct id_source dice;
    pthread_mutex_t lock;
};

struct loading {
    const struct yaml_doc *doc;
    struct diags *diags;
    bool failed;
};

static void wrong(struct loading *l, const struct yaml_node *n, const char *key,
                  const char *wanted) {
    yaml_node_wrong(l->doc, n, key, wanted, l->diags);
    l->failed = true;
}

static int64_t take_int(struct loading *l, const struct yaml_node *map, const char *key,
                        int64_t min, int64_t max, int64_t fallback) {
    const struct yaml_node *n = yaml_node_get(map, key);
    char wanted[64];

    if (!n)
        return fallback;
    if (n->kind == YAML_NODE_INT && n->integer >= min && n->integer <= max)
        return n->integer;
    snprintf(wanted, sizeof(wanted), "an integer from %lld to %lld", (long long)min,
             (long long)max);
    wrong(l, n, key, wanted);
    return fallback;
}

static int64_t take_duration(struct loading *l, const struct yaml_node *map,
                             const char *key) {
    const struct yaml_node *n = yaml_node_get(map, key);
    int64_t ms = 0;

    if (n && (n->kind != YAML_NODE_TEXT || !str_to_duration(n->text, &ms) || ms < 0 ||
              ms > 3600000))
        wrong(l, n, key, "a duration of at most an hour, as 300ms");
    return ms;
}

static char *take_text(struct loading *l, const struct yaml_node *map,
                       const char *key) {
    const struct yaml_node *n = yaml_node_get(map, key);

    if (n && n->kind != YAML_NODE_TEXT)
        wrong(l, n, key, "text");
    return n && n->kind == YAML_NODE_TEXT ? mem_strdup(n->text) : NULL;
}

static enum fault_cut take_cut(struct loading *l, const struct yaml_node *map) {
    const struct yaml_node *reset = yaml_node_get(map, "reset"),
                           *truncate = yaml_node_get(map, "truncate");

    if (truncate && truncate->kind != YAML_NODE_BOOL)
        wrong(l, truncate, "truncate", "true or false");
    if (truncate && truncate->integer)
        return CUT_HALF;
    if (!reset)
        return CUT_NONE;
    if (!yaml_node_is(reset, "before") && !yaml_node_is(reset, "after"))
        wrong(l, reset, "reset", "before or after");
    return yaml_node_is(reset, "before") ? CUT_BEFORE : CUT_AFTER;
}

/* True: before the work, which is then not done. */
static bool take_when(struct loading *l, const struct yaml_node *map) {
    const struct yaml_node *n = yaml_node_get(map, "when");

    if (n && !yaml_node_is(n, "before") && !yaml_node_is(n, "after"))
        wrong(l, n, "when", "before or after (what was asked is done)");
    return yaml_node_is(n, "before");
}

static void take_fault(struct loading *l, const struct yaml_node *map,
                       struct fault *f) {
    static const char *const words[] = {"method", "path",        "percent", "every",
                                        "status", "retry_after", "delay",   "drip",
                                        "reset",  "truncate",    "when"};

    if (map->kind != YAML_NODE_MAP) {
        wrong(l, map, "faults", "a mapping");
        return;
    }
    if (!yaml_node_only(l->doc, map, words, ARRAY_LEN(words), l->diags))
        l->failed = true;
    f->method = take_text(l, map, "method");
    f->path = take_text(l, map, "path");
    f->percent = (int)take_int(l, map, "percent", 0, 100, 100);
    f->every = (int)take_int(l, map, "every", 1, 1000000, 0);
    f->status = (int)take_int(l, map, "status", 200, 599, 0);
    f->retry_after = take_int(l, map, "retry_after", 0, 86400, -1);
    f->delay_ms = take_duration(l, map, "delay");
    f->drip_ms = take_duration(l, map, "drip");
    f->cut = take_cut(l, map);
    f->undone = take_when(l, map);
    if (f->undone && !f->status && f->cut != CUT_BEFORE)
        wrong(l, map, "faults", "a status, or reset: before, beside when: before");
    if (!f->status && !f->delay_ms && !f->drip_ms && f->cut == CUT_NONE)
        wrong(l, map, "faults", "one of status, delay, drip, reset, truncate");
}

/* Steals `doc`, which may be NULL. */
static struct faults *take_faults(struct yaml_doc *doc, struct diags *diags) {
    static const char *const words[] = {"seed", "faults"};
    struct loading l = {.doc = doc, .diags = diags};
    const struct yaml_node *list = doc ? yaml_node_get(doc->root, "faults") : NULL;
    struct faults *f;

    if (!doc)
        return NULL;
    f = mem_new(1, sizeof(*f));
    pthread_mutex_init(&f->lock, NULL);
    if (doc->root->kind == YAML_NODE_MAP &&
        !yaml_node_only(doc, doc->root, words, ARRAY_LEN(words), diags))
        l.failed = true;
    if (!list || list->kind != YAML_NODE_LIST) {
        wrong(&l, list ? list : doc->root, "faults", "a list of faults");
    } else {
        f->seed = (uint64_t)take_int(&l, doc->root, "seed", 0, INT64_MAX, 1);
        f->source = yaml_node_to_json(doc->root);
        f->items = mem_new(list->count + 1, sizeof(*f->items));
        for (size_t i = 0; i < list->count; i++)
            take_fault(&l, list->items[i], &f->items[f->count++]);
    }
    yaml_doc_free(doc);
    if (l.failed) {
        faults_free(f);
        return NULL;
    }
    faults_restart(f);
    return f;
}

struct faults *faults_load(const char *path, struct diags *diags) {
    return take_faults(yaml_doc_load(path, &yaml_limits_spec, diags), diags);
}

struct faults *faults_parse(const char *source, const char *text, size_t len,
                            struct diags *diags) {
    return take_faults(yaml_doc_parse(source, text, len, &yaml_limits_spec, diags),
                       diags);
}

void faults_restart(struct faults *f) {
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    id_seed(&f->dice, f->seed);
    for (size_t i = 0; i < f->count; i++)
        f->items[i].fitting = 0;
    pthread_mutex_unlock(&f->lock);
}

json_t *faults_json(const struct faults *f) {
    return f ? json_incref(f->source) : json_pack("{s:[]}", "faults");
}

static bool fits(struct faults *f, struct fault *t, const struct http_request *r,
                 const char *path) {
    if ((t->method && !str_equal_nocase(t->method, r->method)) ||
        (t->path && !str_glob(t->path, path)))
        return false;
    t->fitting++;
    if (t->every && t->fitting % (uint64_t)t->every != 0)
        return false;
    return t->percent >= 100 || (int)id_below(&f->dice, 100) < t->percent;
}

const struct fault *faults_pick(struct faults *f, const struct http_request *request) {
    const struct fault *found = NULL;
    char *path;

    if (!f)
        return NULL;
    path = mem_strndup(request->target, http_target_path_len(request->target));
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->count && !found; i++)
        if (fits(f, &f->items[i], request, path))
            found = &f->items[i];
    pthread_mutex_unlock(&f->lock);
    free(path);
    return found;
}

const char *fault_name(const struct fault *f) {
    static const char *const cuts[] = {"", "reset before", "reset after", "truncate"};

    return f->cut != CUT_NONE ? cuts[f->cut]
           : f->status        ? "status"
           : f->drip_ms       ? "drip"
                              : "delay";
}

void faults_free(struct faults *f) {
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].method);
        free(f->items[i].path);
    }
    free(f->items);
    json_decref(f->source);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
