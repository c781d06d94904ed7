/* A result document comes in. What tells it from others goes out: the target, the day, the
 * suite, the verdict, and how the clauses of each level stand. */
#include <string.h>

#include "core/jsonx.h"
#include "reports/text.h"
#include "reports/view.h"

static json_t *level_view(const json_t *counts, const char *level, const char *title) {
    static const char *const members[] = {"clauses", "passed", "failed", "unchecked"};
    json_t *l = json_pack("{s:s, s:s}", "level", level, "title", title);

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        json_object_set_new(l, members[i],
                            json_integer(jsonx_int(counts, members[i], 0)));
    return l;
}

/* MUST twice, where it is known: by the sources that bind, and with conventions. */
static json_t *levels_view(const json_t *results) {
    static const struct {
        const char *base, *level, *title;
    } rows[] = {{"reference", "must", "by the reference"},
                {"all", "must", "with conventions"},
                {NULL, "must", ""},
                {NULL, "should", ""},
                {NULL, "may", ""}};
    const json_t *bases = json_object_get(results, "bases"),
                 *levels = json_object_get(results, "levels");
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *base = rows[i].base;
        bool must = strcmp(rows[i].level, "must") == 0;

        if (base ? !bases : must && bases)
            continue;
        json_array_append_new(list,
                              level_view(base ? json_object_get(bases, base)
                                              : json_object_get(levels, rows[i].level),
                                         rows[i].level, rows[i].title));
    }
    return list;
}

json_t *view_head(const json_t *results) {
    static const char *const members[] = {"verdict",      "reason",   "started",
                                          "seed",         "run",      "command",
                                          "command_line", "requests", "duration_ms"};
    const json_t *target = json_object_get(results, "target"),
                 *tool = json_object_get(results, "tool"),
                 *conformant = json_object_get(results, "conformant");
    json_t *h = json_object();

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(h, results, members[i]);
    view_take(h, target, "name");
    view_take(h, target, "base_url");
    view_take(h, target, "implementation");
    json_object_set(h, "assay", json_object_get(tool, "version"));
    view_take(h, tool, "revision");
    json_object_set(h, "digest", json_object_get(results, "spec_digest"));
    json_object_set_new(h, "short_digest",
                        json_sprintf("%.19s", text_of(results, "spec_digest")));
    json_object_set_new(h, "day", json_sprintf("%.10s", text_of(results, "started")));
    json_object_set_new(h, "minute",
                        json_sprintf("%.5s", strlen(text_of(results, "started")) > 16
                                                 ? text_of(results, "started") + 11
                                                 : ""));
    json_object_set_new(h, "state",
                        json_string(json_is_true(conformant)    ? "pass"
                                    : json_is_false(conformant) ? "fail"
                                                                : "warn"));
    json_object_set_new(h, "levels", levels_view(results));
    return h;
}
