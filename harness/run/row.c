/* The results of one row come in, with what stood between it and the target. Out goes
 * what of them may be laid to the target, and which choices of its maker they show. */
#include "harness/run/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"

static bool is(const json_t *check, enum verdict v) {
    return strcmp(jsonx_string(check, "verdict", ""), verdict_name(v)) == 0;
}

static bool is_red(const json_t *check) {
    return is(check, VERDICT_FAIL) || is(check, VERDICT_WARN) ||
           is(check, VERDICT_BLOCKED);
}

void row_doubt(struct case_run *c, enum verdict v, const char *fmt, ...) {
    va_list args;

    if (*c->doubt)
        return;
    c->doubt_verdict = v;
    va_start(args, fmt);
    vsnprintf(c->doubt, sizeof(c->doubt), fmt, args);
    va_end(args);
}

bool row_proves_nothing(const struct case_run *c) {
    for (size_t i = 0; *c->doubt && i < json_array_size(c->checks); i++)
        if (is_red(json_array_get(c->checks, i)))
            return true;
    return false;
}

void row_excuse(struct case_run *c) {
    for (size_t i = 0; *c->doubt && i < json_array_size(c->checks); i++) {
        json_t *k = json_array_get(c->checks, i);

        if (!is_red(k))
            continue;
        json_object_set_new(k, "verdict", json_string(verdict_name(c->doubt_verdict)));
        json_object_set_new(k, "reason", json_string(c->doubt));
        json_object_del(k, "mismatches");
    }
}

/* Does the row show that what this note speaks of is there? */
static bool has_control(const struct case_run *c, const json_t *note) {
    for (size_t i = 0; i < json_array_size(c->checks); i++) {
        const json_t *k = json_array_get(c->checks, i);
        bool same = strcmp(jsonx_string(k, "clause", ""),
                           jsonx_string(note, "clause", "-")) == 0;

        if (is_red(k) && (same || strstr(jsonx_string(k, "id", ""), "control")))
            return false;
    }
    return true;
}

void row_keep_choices(struct case_run *c) {
    for (size_t i = 0; i < json_array_size(c->checks); i++) {
        json_t *k = json_array_get(c->checks, i);
        const char *say = jsonx_string(k, "reason", NULL);

        if (!is(k, VERDICT_NOTE) || !say || json_object_get(k, "mismatches"))
            continue;
        if (has_control(c, k)) {
            json_array_append_new(c->run->doc.choices,
                                  json_pack("{s:O, s:O, s:s}", "check",
                                            json_object_get(k, "id"), "clause",
                                            json_object_get(k, "clause"), "say", say));
            continue;
        }
        json_object_set_new(k, "verdict", json_string(verdict_name(VERDICT_SKIP)));
        json_object_set_new(k, "reason", json_string("its positive control is red"));
    }
}
