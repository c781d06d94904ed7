/* The factors of the grids and a seed come in. What random rows of them turn red goes out. */
#include "harness/explore/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/grid/grids.h"

/* All grids together have some five hundred values: so four rows for each sequence, of which
 * one is a fifth as long. */
enum { SEQUENCES_A_ROW = 5, ROWS_EACH = 4 };

static bool verdict_is(const json_t *check, const char *verdict) {
    return strcmp(jsonx_string(check, "verdict", ""), verdict) == 0;
}

/* What passed is told once a clause; what this target cannot be asked, not at all. */
static bool is_new(json_t *check, json_t *seen) {
    char *id;
    bool first;

    if (verdict_is(check, "skip"))
        return false;
    if (!verdict_is(check, "pass"))
        return true;
    id = mem_printf("explore/rows/%s", jsonx_string(check, "clause", ""));
    first = !json_object_get(seen, id);
    json_object_set_new(seen, id, json_true());
    json_object_set_new(check, "id", json_string(id));
    free(id);
    return first;
}

static void join_checks(json_t *doc, const json_t *rows) {
    const json_t *checks = json_object_get(rows, "checks");
    json_t *seen = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++)
        if (is_new(json_array_get(checks, i), seen))
            json_array_append(json_object_get(doc, "checks"),
                              json_array_get(checks, i));
    json_array_extend(json_object_get(doc, "cases"), json_object_get(rows, "cases"));
    json_decref(seen);
}

/* The row as a case, with an id that tells its grid; new. */
static json_t *case_of(const struct test_case *t) {
    json_t *one = yaml_node_to_json(t->node);
    const char *grid = strchr(t->suite->name, '.');

    json_object_set_new(one, "id",
                        json_sprintf("%s.%s", grid ? grid + 1 : "row", t->id));
    return one;
}

static bool is_red_must(const json_t *check) {
    return verdict_is(check, "fail") &&
           strcmp(jsonx_string(check, "level", ""), "must") == 0;
}

static const struct test_case *case_named(const struct specs *specs, const char *name) {
    const char *slash = strchr(name, '/');

    for (size_t i = 0; slash && i < specs->suite_count; i++)
        for (size_t k = 0; k < specs->suites[i].case_count; k++) {
            const struct suite *s = &specs->suites[i];

            if (strlen(s->name) == (size_t)(slash - name) &&
                strncmp(s->name, name, (size_t)(slash - name)) == 0 &&
                strcmp(s->cases[k].id, slash + 1) == 0)
                return &s->cases[k];
        }
    return NULL;
}

/* {check, clause, title, case} of the first red check of each clause. */
static void keep_red(const struct specs *specs, const json_t *rows, json_t *kept) {
    const json_t *checks = json_object_get(rows, "checks");
    json_t *seen = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *clause = jsonx_string(k, "clause", "");
        const struct test_case *t;

        if (!is_red_must(k) || json_object_get(seen, clause))
            continue;
        t = case_named(specs, jsonx_string(k, "case", ""));
        if (!t)
            continue;
        json_object_set_new(seen, clause, json_true());
        json_array_append_new(
            kept, json_pack("{s:O, s:s, s:O, s:o}", "check", json_object_get(k, "id"),
                            "clause", clause, "title", json_object_get(k, "title"),
                            "case", case_of(t)));
    }
    json_decref(seen);
}

void explore_rows(struct explorer *e, size_t count, json_t *doc, json_t *kept) {
    struct grid_options grids = {
        .depth = 3,
        .random_rows = (count * ROWS_EACH + SEQUENCES_A_ROW - 1) / SEQUENCES_A_ROW,
        .seed = e->options->seed};
    struct run_options o = *e->options;
    struct specs *specs;
    struct err err = {0};
    json_t *rows;

    if (explorer_stopped(e))
        return;
    specs = grids_load_alone(e->specs_dir, &grids, e->diags);
    if (!specs)
        return;
    o.command = "explore";
    o.clock_shift_ms = &e->clock_shift_ms;
    o.seed += e->runs++;
    o.fast = o.fast || !e->profile->clock_path; /* rows that wait would wait for real */
    rows = run_specs(specs, e->profile, &o, NULL, &err);
    if (rows) {
        e->requests += (size_t)jsonx_int(rows, "requests", 0);
        keep_red(specs, rows, kept);
        join_checks(doc, rows);
    } else {
        diags_add_err(e->diags, &err);
    }
    json_decref(rows);
    specs_free(specs);
}
