/* What comes in: the checks of a run that is over. What goes out: the same, with a word at
 * each red one whether it came again. */
#include "harness/run/again.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "harness/run/case.h"

enum { AT_LEAST_MS = 2000 };

static bool is_red(const json_t *check) {
    const char *v = jsonx_string(check, "verdict", "");

    return strcmp(v, "fail") == 0 || strcmp(v, "warn") == 0 ||
           strcmp(v, "blocked") == 0;
}

/* Names of the cases with a red check: name -> true. */
static json_t *red_cases(const struct run *r) {
    json_t *names = json_object();

    for (size_t i = 0; i < json_array_size(r->doc.checks); i++) {
        const json_t *k = json_array_get(r->doc.checks, i);

        if (is_red(k))
            json_object_set_new(names, jsonx_string(k, "case", ""), json_true());
    }
    return names;
}

/* check id -> was it red? What was not judged is not in it. */
static json_t *send_again(struct run *r, struct case_run *c) {
    json_t *checks = r->doc.checks, *choices = r->doc.choices, *red = json_object();

    r->doc.checks = json_array();
    r->doc.choices = json_array();
    c->again = true;
    c->done = false;
    run_alone(r, c);
    for (size_t i = 0; !r->doc.gone && i < json_array_size(r->doc.checks); i++) {
        const json_t *k = json_array_get(r->doc.checks, i);
        const char *v = jsonx_string(k, "verdict", "");

        if (strcmp(v, "skip") != 0 && strcmp(v, "error") != 0)
            json_object_set_new(red, jsonx_string(k, "id", ""),
                                json_boolean(is_red(k)));
    }
    json_decref(r->doc.checks);
    json_decref(r->doc.choices);
    r->doc.checks = checks;
    r->doc.choices = choices;
    return red;
}

static void note(struct run *r, const json_t *red) {
    for (size_t i = 0; i < json_array_size(r->doc.checks); i++) {
        json_t *k = json_array_get(r->doc.checks, i),
               *now = json_object_get(red, jsonx_string(k, "id", ""));

        if (now && is_red(k))
            json_object_set_new(
                k, "again",
                json_string(json_is_true(now) ? "came again" : "not again"));
    }
}

void run_red_again(struct run *r) {
    int64_t limit_ms = clock_steady_ms() + ((int64_t)r->doc.cases_ms > AT_LEAST_MS
                                                ? (int64_t)r->doc.cases_ms
                                                : AT_LEAST_MS);
    json_t *names = red_cases(r), *all = json_object(), *red;

    for (int slow = 0; slow <= 1; slow++) /* those that wait last */
        for (size_t i = 0; i < r->case_count; i++) {
            struct case_run *c = r->cases[i];

            if (c->skip || r->doc.gone || c->test->slow != (slow == 1) ||
                clock_steady_ms() > limit_ms ||
                !json_object_get(names, json_string_value(c->name)))
                continue;
            red = send_again(r, c);
            json_object_update(all, red);
            json_decref(red);
        }
    note(r, all);
    r->doc.gone = NULL; /* all cases were sent, whatever happened since */
    json_decref(names);
    json_decref(all);
}
