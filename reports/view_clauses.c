/* The clauses of a result document come in. They go out by area, each with its checks: what is
 * red with links, what passed for an auditor, what was not checked with its reason. */
#include <string.h>

#include "core/jsonx.h"
#include "reports/text.h"
#include "reports/view.h"

/* The clauses whose cause stands in `causes`: clause -> [{number, id, title}] */
static json_t *causes_by_clause(const struct view *v) {
    const json_t *causes = json_object_get(v->results, "causes");
    json_t *map = json_object();

    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *c = json_array_get(causes, i);
        json_t *list = json_object_get(map, text_of(c, "clause"));
        json_t *line = json_pack("{s:I}", "number", (json_int_t)i + 1);

        if (!list) {
            list = json_array();
            json_object_set_new(map, text_of(c, "clause"), list);
        }
        view_take(line, c, "id");
        view_take(line, c, "title");
        json_array_append_new(list, line);
    }
    return map;
}

static void add_check(const struct view *v, json_t *clause, const json_t *check) {
    bool failure = is_shown_failure(check), passed = is_verdict(check, "pass");
    json_t *line;

    if (passed) {
        json_array_append(json_object_get(clause, "passed"),
                          json_object_get(check, "id"));
        return;
    }
    line = failure ? view_example(v, check) : json_object();
    if (!failure) {
        view_take(line, check, "id");
        view_take(line, check, "verdict");
        view_take(line, check, "reason");
        view_take(line, check, "say");
    }
    json_array_append_new(json_object_get(clause, failure ? "failures" : "others"),
                          line);
}

static json_t *clause_view(const struct view *v, const json_t *c,
                           const json_t *causes) {
    static const char *const members[] = {"id",      "level",  "text",
                                          "verdict", "source", "reason"};
    const json_t *ids = json_object_get(c, "checks");
    json_t *clause = json_pack("{s:[], s:[], s:[]}", "failures", "passed", "others");
    size_t red = 0, failures, passed;

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(clause, c, members[i]);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i),
                     *check = json_object_get(v->checks, json_string_value(id));

        if (!check)
            continue;
        add_check(v, clause, check);
        red += is_red(check);
    }
    failures = json_array_size(json_object_get(clause, "failures"));
    passed = json_array_size(json_object_get(clause, "passed"));
    json_object_set_new(clause, "failure_count", json_integer((json_int_t)failures));
    json_object_set_new(clause, "red", json_integer((json_int_t)red));
    json_object_set_new(clause, "mild", json_integer((json_int_t)(failures - red)));
    json_object_set_new(clause, "passes", json_integer((json_int_t)passed));
    json_object_set_new(
        clause, "rest",
        json_integer((json_int_t)json_array_size(json_object_get(clause, "others"))));
    json_object_set(clause, "causes", json_object_get(causes, text_of(c, "id")));
    return clause;
}

static json_t *area_named(json_t *areas, const char *name) {
    json_t *area;

    for (size_t i = 0; i < json_array_size(areas); i++)
        if (strcmp(text_of(json_array_get(areas, i), "area"), name) == 0)
            return json_array_get(areas, i);
    area = json_pack("{s:s, s:[]}", "area", name, "clauses");
    json_array_append_new(areas, area);
    return area;
}

json_t *view_areas(const struct view *v) {
    const json_t *clauses = json_object_get(v->results, "clauses");
    json_t *areas = json_array(), *causes = causes_by_clause(v);

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);
        json_t *area = area_named(areas, text_of(c, "area"));

        json_array_append_new(json_object_get(area, "clauses"),
                              clause_view(v, c, causes));
    }
    json_decref(causes);
    return areas;
}
