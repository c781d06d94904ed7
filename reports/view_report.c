/* A result document comes in. What stands on its page goes out: whose result it is, the
 * causes, the clauses, and every failure below the cause that explains it. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/text.h"
#include "reports/view.h"

enum {
    SCRIPTS = 40,         /* causes whose script stands in the page */
    SCRIPT_BYTES = 200000 /* .. unless it is longer */
};

/* ---- causes ---- */

static const char *sureness(const json_t *cause) {
    return strcmp(text_of(cause, "confidence"), "guess") == 0
               ? "a guess"
               : text_of(cause, "confidence");
}

/* The script of a cause's first check as a link that saves it. */
static void add_script(const struct view *v, json_t *cause, size_t number,
                       const char *id) {
    const struct report_options o = {.check = id};
    struct buf script = BUF_INIT(SCRIPT_BYTES), data = BUF_INIT(BUF_UNLIMITED);

    if (number <= SCRIPTS && write_script(v->results, &o, &script)) {
        buf_adds(&data, "data:text/x-shellscript;base64,");
        str_add_base64(&data, script.ptr, script.len);
        json_object_set_new(cause, "script", json_stringn(data.ptr, data.len));
        json_object_set_new(cause, "script_name", json_sprintf("fault-%zu.sh", number));
    }
    buf_release(&script);
    buf_release(&data);
}

static json_t *cause_view(struct view *v, const json_t *cause, size_t number,
                          json_t *failures) {
    const char *first = text_of(cause, "first");
    const json_t *check = json_object_get(v->checks, first);
    json_t *c = json_pack("{s:I, s:s, s:I, s:o}", "number", (json_int_t)number, "sure",
                          sureness(cause), "count",
                          (json_int_t)json_array_size(json_object_get(cause, "checks")),
                          "failures", failures);

    view_take(c, cause, "id");
    view_take(c, cause, "title");
    view_take(c, cause, "basis");
    json_object_set_new(c, "many", json_boolean(jsonx_int(c, "count", 0) != 1));
    json_object_set_new(c, "mild",
                        json_boolean(strcmp(text_of(cause, "level"), "must") != 0));
    json_object_set_new(c, "clause", view_clause_line(v, text_of(cause, "clause")));
    if (check) {
        json_object_set_new(c, "example", view_example(v, check));
        if (!script_missing(v->results, first))
            add_script(v, c, number, first);
    }
    return c;
}

static json_t *failures_of(struct view *v, const json_t *ids, json_t *told) {
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        const json_t *check = json_object_get(v->checks, id ? id : "");

        if (!check || !is_shown_failure(check) || json_object_get(told, id))
            continue;
        json_object_set_new(told, id, json_true());
        json_array_append_new(list, view_failure(v, check));
    }
    return list;
}

static json_t *causes_view(struct view *v, json_t *told) {
    const json_t *causes = json_object_get(v->results, "causes");
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(causes); i++) {
        const json_t *cause = json_array_get(causes, i);

        json_array_append_new(
            list, cause_view(v, cause, i + 1,
                             failures_of(v, json_object_get(cause, "checks"), told)));
    }
    return list;
}

/* What no cause explains: waived checks, and all of a document without causes. */
static json_t *groups_view(struct view *v, json_t *told) {
    static const struct {
        const char *verdict, *title;
    } kinds[] = {
        {"fail", "Failed"},   {"stale", "Waivers that are not needed any more"},
        {"error", "Errors"},  {"blocked", "Blocked"},
        {"warn", "Warnings"}, {"waived", "Waived"}};
    const json_t *checks = json_object_get(v->results, "checks");
    json_t *groups = json_array();

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        json_t *ids = json_array(), *failures;

        for (size_t i = 0; i < json_array_size(checks); i++)
            if (is_verdict(json_array_get(checks, i), kinds[k].verdict))
                json_array_append(ids,
                                  json_object_get(json_array_get(checks, i), "id"));
        failures = failures_of(v, ids, told);
        if (json_array_size(failures))
            json_array_append_new(
                groups,
                json_pack("{s:s, s:s, s:I, s:b, s:O}", "id", kinds[k].verdict, "title",
                          kinds[k].title, "count",
                          (json_int_t)json_array_size(failures), "many",
                          json_array_size(failures) != 1, "failures", failures));
        json_decref(failures);
        json_decref(ids);
    }
    return groups;
}

/* ---- the rest ---- */

static void add_changes(const struct view *v, json_t *page) {
    static const struct {
        const char *key, *title;
    } lists[] = {{"new_failures", "New failures"},
                 {"fixed", "Fixed"},
                 {"new_checks", "New checks"},
                 {"gone_checks", "Checks that are gone"}};
    const json_t *changes = json_object_get(v->results, "changes");
    json_t *groups = json_array();

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const json_t *ids = json_object_get(changes, lists[i].key);
        json_t *items = json_array();

        for (size_t j = 0; j < json_array_size(ids); j++) {
            json_t *id = json_array_get(ids, j), *line = json_pack("{s:O}", "id", id);

            json_object_set(line, "anchor",
                            json_object_get(v->anchors, json_string_value(id)));
            json_array_append_new(items, line);
        }
        if (json_array_size(items))
            json_array_append_new(
                groups, json_pack("{s:s, s:I, s:O}", "title", lists[i].title, "count",
                                  (json_int_t)json_array_size(items), "items", items));
        json_decref(items);
    }
    if (changes)
        json_object_set_new(page, "changes",
                            json_pack("{s:O, s:O}", "since",
                                      json_object_get(changes, "since"), "groups",
                                      groups));
    json_decref(groups);
}

static json_t *choices_view(const json_t *results) {
    const json_t *choices = json_object_get(results, "choices");
    json_t *seen = json_object(), *list = json_array();

    for (size_t i = 0; i < json_array_size(choices); i++) {
        json_t *c = json_array_get(choices, i);

        if (json_object_get(seen, text_of(c, "say")))
            continue;
        json_object_set_new(seen, text_of(c, "say"), json_true());
        json_array_append(list, c);
    }
    json_decref(seen);
    return list;
}

static int by_duration(const void *a, const void *b) {
    json_int_t x = jsonx_int(*(json_t *const *)a, "duration_ms", 0),
               y = jsonx_int(*(json_t *const *)b, "duration_ms", 0);

    return x < y   ? 1
           : x > y ? -1
                   : strcmp(text_of(*(json_t *const *)a, "id"),
                            text_of(*(json_t *const *)b, "id"));
}

static json_t *slowest_view(const json_t *results) {
    const json_t *cases = json_object_get(results, "cases");
    size_t count = json_array_size(cases);
    json_t **sorted = mem_new(count + 1, sizeof(json_t *)), *list = json_array();

    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(cases, i);
    qsort(sorted, count, sizeof(json_t *), by_duration);
    for (size_t i = 0; i < count && i < 10; i++)
        json_array_append(list, sorted[i]);
    free(sorted);
    return list;
}

/* The keys of an object, sorted. */
static json_t *keys_of(json_t *object) {
    json_t *list = json_array(), *value;
    const char **names = mem_new(json_object_size(object) + 1, sizeof(char *)), *key;
    size_t n = 0;

    json_object_foreach(object, key, value)
        names[n++] = key;
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            const char *other = names[j];

            names[j] = names[j - 1];
            names[j - 1] = other;
        }
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(names[i]));
    free(names);
    return list;
}

static void count_failures(const struct view *v, json_t *page) {
    const json_t *checks = json_object_get(v->results, "checks");
    size_t red = 0, mild = 0, passed = 0;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);

        red += is_red(k);
        mild += is_shown_failure(k) && !is_red(k);
        passed += is_verdict(k, "pass") || is_verdict(k, "note");
    }
    json_object_set_new(page, "red", json_integer((json_int_t)red));
    json_object_set_new(page, "mild", json_integer((json_int_t)mild));
    json_object_set_new(page, "passed", json_integer((json_int_t)passed));
    json_object_set_new(page, "failures", json_integer((json_int_t)(red + mild)));
}

/* What the filter offers, of the failures alone. */
static void add_filters(struct view *v, json_t *page) {
    const json_t *checks = json_object_get(v->results, "checks");
    json_t *verdicts = json_object(), *clauses = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);

        if (!is_shown_failure(k))
            continue;
        json_object_set_new(verdicts, text_of(k, "verdict"), json_true());
        json_object_set_new(clauses, text_of(k, "clause"), json_true());
    }
    json_object_set_new(page, "filter",
                        json_pack("{s:o, s:o, s:o}", "verdicts", keys_of(verdicts),
                                  "clauses", keys_of(clauses), "calls",
                                  keys_of(v->calls)));
    json_decref(verdicts);
    json_decref(clauses);
}

static void add_count(json_t *page, const char *key, const char *list) {
    json_object_set_new(
        page, key,
        json_integer((json_int_t)json_array_size(json_object_get(page, list))));
}

static void add_not_offered(json_t *page, const json_t *results) {
    const json_t *without = json_object_get(results, "without");
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < json_array_size(without); i++) {
        const char *what = json_string_value(json_array_get(without, i));

        buf_addf(&text, "%s%s", i ? ", " : "", what ? what : "");
    }
    json_object_set_new(page, "not_offered", jsonx_text(text.ptr, text.len));
    buf_release(&text);
}

json_t *view_report(struct view *v) {
    json_t *page = view_head(v->results), *told = json_object();

    json_object_set_new(
        page, "title",
        json_sprintf("%s: Secrets API conformance", text_of(page, "name")));
    count_failures(v, page);
    json_object_set_new(page, "causes", causes_view(v, told));
    json_object_set_new(page, "groups", groups_view(v, told));
    add_changes(v, page);
    if (jsonx_int(page, "failures", 0))
        add_filters(v, page);
    json_object_set_new(page, "areas", view_areas(v));
    json_object_set_new(page, "choices", choices_view(v->results));
    json_object_set_new(page, "slowest", slowest_view(v->results));
    view_take(page, v->results, "leftovers");
    add_count(page, "cause_count", "causes");
    add_count(page, "choice_count", "choices");
    add_count(page, "left", "leftovers");
    add_not_offered(page, v->results);
    json_object_set_new(page, "file", json_string(v->file));
    json_object_set_new(page, "home",
                        json_string(v->options->home ? v->options->home : ""));
    json_decref(told);
    return page;
}
