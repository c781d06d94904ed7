/* A target and a number of sequences come in. Each is run as a case; the failures go
 * out, shrunk. */
#include "harness/explore/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/verdict.h"
#include "harness/explore/rows.h"
#include "harness/explore/shrink.h"
#include "harness/explore/traffic.h"
#include "harness/spec/spec_write.h"

enum { MAX_FOUND = 3, MAX_ATTEMPTS = 24, ATTEMPTS_EACH = 4, WALKED_BY_ONES = 90 };
#define OWN_STREAM                                                                     \
    0x9e3779b97f4a7c15u /* the run's names are made from the seed too                  \
                         */

static void say(const struct explorer *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(const struct explorer *e, const char *fmt, ...) {
    char line[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (e->progress && e->progress->say)
        e->progress->say(e->progress->context, line);
}

static bool is(const json_t *check, const char *verdict) {
    return strcmp(jsonx_string(check, "verdict", ""), verdict) == 0;
}

static bool is_red(const json_t *check) {
    return is(check, "fail") || is(check, "blocked") || is(check, "error");
}

/* What passed is told once a clause and sequence. */
static bool fold_passed(json_t *check, json_t *seen) {
    char *id = mem_printf("%s/%s%s", jsonx_string(check, "case", ""),
                          jsonx_string(check, "clause", ""),
                          is(check, "skip") ? "-skipped" : "");
    bool first = !json_object_get(seen, id);

    json_object_set_new(seen, id, json_true());
    json_object_set_new(check, "id", json_string(id));
    free(id);
    return first;
}

/* Of failures that are alike the first keeps what was sent and answered. */
static void fold_failed(json_t *check, json_t *seen) {
    struct failure f;
    char *kind = failure_of(check, &f)
                     ? mem_printf("%s %u %s", f.what, f.index, f.pointer)
                     : NULL;

    if (kind && json_object_get(seen, kind)) {
        json_object_del(check, "transcript");
        json_object_del(check, "exchange");
    }
    if (kind)
        json_object_set_new(seen, kind, json_true());
    free(kind);
}

/* Of each sequence what passed, and the first difference; what follows it says nothing.
 * Checks stand in the order of their sequence. */
static void fold(json_t *doc) {
    const json_t *checks = json_object_get(doc, "checks");
    json_t *kept = json_array(), *seen = json_object(), *red = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *k = json_array_get(checks, i);
        const char *sequence = jsonx_string(k, "case", "");

        if (json_object_get(red, sequence))
            continue;
        if (is(k, "pass") || is(k, "skip")) {
            if (!fold_passed(k, seen))
                continue;
        } else if (is_red(k)) {
            json_object_set_new(red, sequence, json_true());
            fold_failed(k, seen);
        }
        json_array_append(kept, k);
    }
    json_object_set_new(doc, "checks", kept);
    json_decref(seen);
    json_decref(red);
}

/* --- what was found --- */

struct find {
    struct failure failure;
    size_t sequence; /* which failed */
    bool again;      /* by itself, too */
    const json_t *check;
};

static int shorter(const void *a, const void *b) {
    const struct find *x = a, *y = b;

    return x->failure.number != y->failure.number
               ? (x->failure.number < y->failure.number ? -1 : 1)
               : (x->sequence < y->sequence ? -1 : x->sequence > y->sequence);
}

/* Every failure of a MUST, the shortest first; free(). */
static struct find *collect(const json_t *doc, size_t *count) {
    const json_t *checks = json_object_get(doc, "checks");
    struct find *finds = mem_new(json_array_size(checks) + 1, sizeof(*finds));

    *count = 0;
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *dash = strrchr(jsonx_string(k, "case", "-"), '-');
        struct find now = {.check = k,
                           .sequence = strtoul(dash ? dash + 1 : "0", NULL, 10)};

        if (failure_of(k, &now.failure) && now.sequence &&
            strcmp(jsonx_string(k, "level", ""), "must") == 0)
            finds[(*count)++] = now;
    }
    qsort(finds, *count, sizeof(*finds), shorter);
    return finds;
}

/* What differs, for people. */
static char *comment_on(const struct explorer *e, const struct find *f, bool again) {
    const json_t *m = json_array_get(json_object_get(f->check, "mismatches"), 0);

    return mem_printf("Found by assay explore --seed %llu --length %zu in %s: %s\n"
                      "%s: expected %s, got %s%s",
                      (unsigned long long)e->options->seed, e->length,
                      jsonx_string(f->check, "case", ""), f->failure.clause,
                      jsonx_string(m, "pointer", ""), jsonx_string(m, "expected", ""),
                      jsonx_string(m, "got", ""),
                      again ? ""
                      : explorer_stopped(e)
                          ? "\nInterrupted before it was sent again."
                          : "\nSent once more by itself it did not fail.");
}

/* The shrunk sequence as a case; new. */
static json_t *case_of(struct explorer *e, const struct sequence *s,
                       const struct failure *f, size_t number) {
    struct prediction how = e->prediction;
    char *id = mem_printf("found-%zu", number);
    char *title =
        mem_printf("the last of %zu calls is answered as %s says", s->count, f->clause);
    json_t *one;

    how.last_only = true;
    how.only = f->tail;
    one = oracle_predict(&how, s, id, title);
    free(id);
    free(title);
    return one;
}

/* The spec that is being made of what was found. */
struct findings {
    struct explorer *e;
    const char *suite;
    json_t *cases, *found;
    struct buf comments;
};

static const char about[] = "What assay explore found, as short as it gets.";

static void add_found(struct findings *r, const struct sequence *s,
                      const struct find *f, bool again) {
    json_t *one = case_of(r->e, s, &f->failure, json_array_size(r->cases) + 1);
    json_t *alone = json_pack("[O]", one);
    char *comment = comment_on(r->e, f, again);
    char *text = spec_write(r->suite, about, alone, comment);

    json_array_append_new(r->found, json_pack("{s:O, s:s, s:O, s:b, s:s}", "check",
                                              json_object_get(f->check, "id"), "clause",
                                              f->failure.clause, "title",
                                              json_object_get(one, "title"), "again",
                                              again ? 1 : 0, "spec", text));
    buf_addf(&r->comments, "%s\n", comment);
    json_array_append(r->cases, one);
    json_decref(alone);
    json_decref(one);
    free(comment);
    free(text);
}

/* False: it did not fail again by itself, and was not added. */
static bool shrink_one(struct findings *r, const struct sequence *list,
                       struct find *f) {
    struct sequence s = {0};
    size_t before = f->failure.number;
    bool again;

    sequence_without(&s, &list[f->sequence - 1], 0, 0);
    again = shrink(r->e, &s, &f->failure);
    if (again) {
        say(r->e, "%s: shrunk from %zu calls to %zu", jsonx_string(f->check, "id", ""),
            before, s.count);
        add_found(r, &s, f, true);
    }
    sequence_release(&s);
    return again;
}

/* One failure of each kind. One that hangs on other sequences, which ran beside it,
 * does not fail again by itself; then there may be another of its kind that does. */
static void shrink_some(struct findings *r, const struct sequence *list,
                        struct find *finds, size_t count) {
    struct find tried[MAX_ATTEMPTS];
    size_t n = 0, attempts = 0;

    for (size_t i = 0; i < count && n < MAX_FOUND && attempts < MAX_ATTEMPTS &&
                       !explorer_stopped(r->e);
         i++) {
        size_t before = 0;

        for (size_t k = 0; k < attempts; k++)
            if (failure_alike(&tried[k].failure, &finds[i].failure))
                before += tried[k].again ? ATTEMPTS_EACH : 1;
        if (before >= ATTEMPTS_EACH)
            continue;
        tried[attempts] = finds[i];
        tried[attempts].again = shrink_one(r, list, &finds[i]);
        n += tried[attempts++].again;
    }
}

static bool has_clause(const json_t *found, const char *clause) {
    for (size_t i = 0; i < json_array_size(found); i++)
        if (strcmp(jsonx_string(json_array_get(found, i), "clause", ""), clause) == 0)
            return true;
    return false;
}

/* Rows of grids that are red, where no sequence was of that clause. */
static void add_rows(struct findings *r, const json_t *rows) {
    for (size_t i = 0; i < json_array_size(rows) && i < MAX_FOUND; i++) {
        json_t *row = json_array_get(rows, i), *one = json_object_get(row, "case");
        json_t *alone;
        char *text;

        if (has_clause(r->found, jsonx_string(row, "clause", "")))
            continue;
        alone = json_pack("[O]", one);
        text = spec_write(r->suite, about, alone, NULL);
        json_array_append_new(r->found,
                              json_pack("{s:O, s:O, s:O, s:b, s:s}", "check",
                                        json_object_get(row, "check"), "clause",
                                        json_object_get(row, "clause"), "title",
                                        json_object_get(row, "title"), "again", 0,
                                        "spec", text));
        json_array_append(r->cases, one);
        json_decref(alone);
        free(text);
    }
}

static char *shrink_all(struct explorer *e, const struct sequence *list,
                        const json_t *rows, const char *suite, json_t *doc) {
    struct findings r = {e, suite, json_array(), json_array(), BUF_INIT(BUF_UNLIMITED)};
    size_t count;
    struct find *finds = collect(doc, &count);
    char *spec = NULL;

    shrink_some(&r, list, finds, count);
    if (count && !json_array_size(r.cases)) {
        struct sequence s = {0};

        sequence_without(&s, &list[finds->sequence - 1], 0, 0);
        s.count = finds->failure.number;
        add_found(&r, &s, finds, false);
        sequence_release(&s);
    }
    add_rows(&r, rows);
    if (json_array_size(r.cases))
        spec = spec_write(suite, about, r.cases, r.comments.ptr);
    json_object_set(doc, "found", r.found);
    json_decref(r.found);
    json_decref(r.cases);
    buf_release(&r.comments);
    free(finds);
    return spec;
}

/* --- all of it --- */

static struct sequence *make_all(const struct explorer *e,
                                 const struct explore_options *x) {
    struct sequence *list = mem_new(x->sequences, sizeof(*list));
    struct sequence_limits limits;
    struct id_source ids;

    sequence_limits_from(&limits, e->profile);
    id_seed(&ids, e->options->seed ^ OWN_STREAM);
    for (size_t i = 0; i < x->sequences; i++)
        sequence_random(&list[i], &ids, x->length, &limits);
    return list;
}

/* All calls are foretold only if there is a target to send them to. The document of a
 * run that could not begin, or NULL: it can be. */
static json_t *ask_first(struct explorer *e) {
    char *text =
        mem_printf("spec: 1\nsuite: explore\nabout: Is there a target?\ncases:\n"
                   "  - id: seq-1\n    title: a secret that is not there\n"
                   "    steps:\n"
                   "      - find: {scope: {user: alice}, name: a}\n"
                   "        checks: [{id: asked, clause: %s, expect: {}}]\n",
                   e->prediction.catalogue->clauses->id);
    struct spec_text spec = {"explore.yaml", text, strlen(text)};
    json_t *doc = explorer_run(e, &spec, 1, NULL);

    e->runs = 0; /* the seed is for what follows */
    free(text);
    if (doc && !json_is_string(json_object_get(doc, "gone"))) {
        json_decref(doc);
        doc = NULL;
    }
    return doc;
}

/* What was sent so far, judged as a recording is; what follows is not kept. */
static void traffic_ends(struct explorer *e, struct catalogue *catalogue, json_t *doc) {
    json_t *checks = traffic_judge(e->traffic, catalogue);

    json_array_extend(json_object_get(doc, "checks"), checks);
    json_decref(checks);
    traffic_free(e->traffic);
    e->traffic = NULL;
}

json_t *explore(const char *specs_dir, const struct profile *profile,
                const struct run_options *options, const struct explore_options *x,
                const struct run_progress *progress, char **spec, struct diags *diags) {
    struct profile plain = *profile;
    struct explorer e = {.specs_dir = specs_dir,
                         .profile = &plain,
                         .options = options,
                         .progress = progress,
                         .diags = diags};
    struct catalogue *catalogue = catalogue_load(specs_dir, diags);
    int64_t began = clock_steady_ms();
    json_t *rows = json_array();
    struct sequence *list;
    json_t *doc;

    *spec = NULL;
    if (!catalogue) {
        json_decref(rows);
        return NULL;
    }
    plain.waiver_count = 0; /* they name checks of the suite */
    e.length = x->length;
    e.prediction.catalogue = catalogue;
    e.prediction.no_small_walks =
        profile->secrets_per_scope < 0 || profile->secrets_per_scope > WALKED_BY_ONES;
    list = make_all(&e, x);
    doc = ask_first(&e);
    e.traffic = traffic_new(&plain);
    if (!doc && !diags->count)
        doc = explorer_send(&e, "seq", list, x->sequences, &e.prediction, progress);
    if (doc) {
        fold(doc);
        explore_rows(&e, x->sequences, doc, rows);
        traffic_ends(&e, catalogue, doc);
        verdict_conclude(doc);
        *spec = shrink_all(&e, list, rows, x->suite, doc);
        json_object_set_new(doc, "requests", json_integer((json_int_t)e.requests));
        json_object_set_new(doc, "duration_ms",
                            json_integer((json_int_t)(clock_steady_ms() - began)));
    }
    for (size_t i = 0; i < x->sequences; i++)
        sequence_release(&list[i]);
    free(list);
    traffic_free(e.traffic);
    json_decref(rows);
    catalogue_free(catalogue);
    return doc;
}
