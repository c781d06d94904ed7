/* A result document comes in. A summary for people goes out. */
#include <stdio.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/terminal.h"
#include "reports/text.h"
#include "reports/writers.h"

enum { FAILURES_SHOWN = 60, UNCHECKED_SHOWN = 8, LEFT_SHOWN = 4 };

static const char *paint(const struct report_options *o, const char *code) {
    return o->color ? code : "";
}

static void add_visible(struct buf *out, const char *before, const json_t *o,
                        const char *key) {
    const char *text = text_of(o, key);

    buf_adds(out, before);
    str_add_visible(out, text, strlen(text), 400);
}

static bool is_run(const json_t *results) {
    return strcmp(text_of(results, "command"), "run") == 0;
}

static void add_failure(struct buf *out, const json_t *results, const json_t *check,
                        const struct report_options *o) {
    const char *v = text_of(check, "verdict");
    const json_t *clause = clause_of(results, text_of(check, "clause"));
    bool warn = strcmp(v, "warn") == 0,
         changed = json_is_true(json_object_get(check, "changed")); /* of diff */

    buf_addf(out, "%s%s%s", paint(o, warn ? "\x1b[33m" : "\x1b[31m"),
             changed ? "changed" : v, paint(o, "\x1b[0m"));
    add_visible(out, " ", check, "id");
    add_visible(out, "\n  ", check, "file");
    buf_addf(out, ":%lld:%lld", (long long)jsonx_int(check, "line", 0),
             (long long)jsonx_int(check, "column", 0));
    if (changed) {
        add_visible(out, ": ", check, "title");
    } else {
        add_visible(out, ": ", check, "clause");
        add_visible(out, " (", check, "level");
        add_visible(out, "): ", clause, "text");
    }
    buf_addc(out, '\n');
    if (is_run(results)) {
        add_visible(out, "  case      ", check, "title");
        buf_addc(out, '\n');
    }
    add_details(out, check, "  ");
    buf_addc(out, '\n');
}

/* Those of one case that wait for the same culprit stand on one line. */
static void add_blocked(struct buf *out, const json_t *checks) {
    const char *last = "";

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);

        if (!is_verdict(k, "blocked") || strcmp(text_of(k, "case"), last) == 0)
            continue;
        last = text_of(k, "case");
        add_visible(out, "blocked ", k, "case");
        buf_adds(out, ": ");
        str_add_visible(out, text_of(k, "reason"), strlen(text_of(k, "reason")), 300);
        buf_addc(out, '\n');
    }
}

static void add_failures(struct buf *out, const json_t *results,
                         const struct report_options *o) {
    static const char *const order[] = {"fail", "stale", "error", "warn"};
    const json_t *checks = json_object_get(results, "checks");
    size_t shown = 0, left = 0;

    for (size_t v = 0; v < ARRAY_LEN(order); v++)
        for (size_t i = 0; i < json_array_size(checks); i++) {
            const json_t *k = json_array_get(checks, i);

            /* where the target was gone, that is said once, in the summary */
            bool gone = strcmp(order[v], "error") == 0 &&
                        json_is_false(json_object_get(results, "complete"));

            if (!is_verdict(k, order[v]) || gone ||
                (o->quiet && strcmp(order[v], "warn") == 0))
                continue;
            if (shown++ < FAILURES_SHOWN)
                add_failure(out, results, k, o);
            else
                left++;
        }
    if (left)
        buf_addf(out,
                 "... and %zu more; a report (--report html=FILE) has them all\n\n",
                 left);
    if (shown && is_run(results))
        buf_adds(out, "Some requests need those before them: `assay explain CHECK` "
                      "tells them, `assay run --filter CHECK ..` sends all again.\n\n");
    add_blocked(out, checks);
}

/* The clauses that nobody checked, a line for each reason; or those that are not offered.
 */
static void add_unchecked(struct buf *out, const json_t *results, const char *verdict) {
    const json_t *clauses = json_object_get(results, "clauses");
    json_t *reasons = json_object();
    const char *reason;
    json_t *ids;

    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        if (!is_verdict(c, verdict))
            continue;
        reason = text_of(c, "reason");
        if (!json_object_get(reasons, reason))
            json_object_set_new(reasons, reason, json_array());
        json_array_append_new(
            json_object_get(reasons, reason),
            json_sprintf("%s (%s)", text_of(c, "id"), text_of(c, "level")));
    }
    json_object_foreach(reasons, reason, ids) {
        buf_addf(out, "%s ", verdict);
        for (size_t i = 0; i < json_array_size(ids) && i < UNCHECKED_SHOWN; i++) {
            const char *id = json_string_value(json_array_get(ids, i));

            buf_adds(out, i ? ", " : "");
            str_add_visible(out, id, strlen(id), 60);
        }
        if (json_array_size(ids) > UNCHECKED_SHOWN)
            buf_addf(out, " and %zu more", json_array_size(ids) - UNCHECKED_SHOWN);
        buf_adds(out, ": ");
        str_add_visible(out, reason, strlen(reason), 200);
        buf_addc(out, '\n');
    }
    json_decref(reasons);
}

static void add_without(struct buf *out, const json_t *results) {
    const json_t *without = json_object_get(results, "without");

    for (size_t i = 0; i < json_array_size(without); i++) {
        buf_adds(out, i ? ", " : "not offered, as the profile says: ");
        buf_adds(out, json_string_value(json_array_get(without, i)));
    }
    if (json_array_size(without))
        buf_addc(out, '\n');
}

static void add_choices(struct buf *out, const json_t *results) {
    const json_t *choices = json_object_get(results, "choices");
    json_t *seen = json_object();

    for (size_t i = 0; i < json_array_size(choices); i++) {
        const json_t *c = json_array_get(choices, i);

        if (json_object_get(seen, text_of(c, "say")))
            continue;
        json_object_set_new(seen, text_of(c, "say"), json_true());
        add_visible(out, "choice ", c, "clause");
        buf_adds(out, ": ");
        str_add_visible(out, text_of(c, "say"), strlen(text_of(c, "say")), 200);
        buf_addc(out, '\n');
    }
    json_decref(seen);
}

static void add_level(struct buf *out, const json_t *results, const char *name,
                      const char *title) {
    const json_t *l = json_object_get(json_object_get(results, "levels"), name);

    buf_addf(out, "%s %lld/%lld clauses passed", title,
             (long long)jsonx_int(l, "passed", 0), clauses_offered(l));
    if (jsonx_int(l, "failed", 0))
        buf_addf(out, ", %lld failed", (long long)jsonx_int(l, "failed", 0));
    if (jsonx_int(l, "unchecked", 0))
        buf_addf(out, ", %lld unchecked", (long long)jsonx_int(l, "unchecked", 0));
    if (jsonx_int(l, "not_offered", 0))
        buf_addf(out, ", %lld not offered", (long long)jsonx_int(l, "not_offered", 0));
    buf_addc(out, '\n');
}

static void add_totals(struct buf *out, const json_t *results) {
    json_t *totals = json_object_get(results, "totals");
    bool first = true;

    buf_adds(out, "checks ");
    for (void *i = json_object_iter(totals); i; i = json_object_iter_next(totals, i)) {
        json_int_t n = json_integer_value(json_object_iter_value(i));

        if (n)
            buf_addf(out, "%s%lld %s", first ? "" : ", ", (long long)n,
                     json_object_iter_key(i));
        first = first && !n;
    }
    buf_addf(out, " in %.1f s, %lld requests, seed %lld\n",
             (double)jsonx_int(results, "duration_ms", 0) / 1000,
             (long long)jsonx_int(results, "requests", 0),
             (long long)jsonx_int(results, "seed", 0));
}

static void add_rest(struct buf *out, const json_t *results) {
    const json_t *left = json_object_get(results, "leftovers");
    const json_t *clock = json_object_get(results, "clock");

    if (strcmp(text_of(clock, "source"), "Date") == 0)
        buf_addf(out, "clock of the target: %+lld ms, give or take %lld\n",
                 (long long)jsonx_int(clock, "skew_ms", 0),
                 (long long)jsonx_int(clock, "uncertainty_ms", 0));
    if (json_object_get(clock, "created"))
        buf_addf(out, "two clocks: Date said %lld, a secret made then %lld\n",
                 (long long)jsonx_int(clock, "date", 0),
                 (long long)jsonx_int(clock, "created", 0));
    if (jsonx_int(clock, "steps", 0))
        buf_addf(out, "the target's clock was set %lld times\n",
                 (long long)jsonx_int(clock, "steps", 0));
    if (json_object_get(results, "hidden"))
        buf_addf(out,
                 "hidden in the evidence: %lld secrets and %lld parts of secrets "
                 "that this run did not send\n",
                 (long long)jsonx_int(json_object_get(results, "hidden"), "secrets", 0),
                 (long long)jsonx_int(json_object_get(results, "hidden"), "parts", 0));
    for (size_t i = 0; i < json_array_size(left) && i < LEFT_SHOWN; i++) {
        const json_t *l = json_array_get(left, i);

        buf_adds(out, "left behind: ");
        str_add_visible(out, text_of(l, "name"), strlen(text_of(l, "name")), 120);
        buf_adds(out, ": ");
        str_add_visible(out, text_of(l, "why"), strlen(text_of(l, "why")), 200);
        buf_addc(out, '\n');
    }
    if (json_array_size(left) > LEFT_SHOWN)
        buf_addf(out, "left behind: ... and %zu more; `assay sweep` removes them\n",
                 json_array_size(left) - LEFT_SHOWN);
}

static void add_ids(struct buf *out, const char *title, const json_t *ids) {
    for (size_t i = 0; i < json_array_size(ids) && i < FAILURES_SHOWN; i++) {
        const char *id = json_string_value(json_array_get(ids, i));

        buf_addf(out, "%s: ", title);
        str_add_visible(out, id, strlen(id), 200);
        buf_addc(out, '\n');
    }
    if (json_array_size(ids) > FAILURES_SHOWN)
        buf_addf(out, "%s: ... and %zu more\n", title,
                 json_array_size(ids) - FAILURES_SHOWN);
}

static void add_changes(struct buf *out, const json_t *results) {
    const json_t *changes = json_object_get(results, "changes");

    if (!changes)
        return;
    add_ids(out, "new failure", json_object_get(changes, "new_failures"));
    add_ids(out, "fixed", json_object_get(changes, "fixed"));
    add_ids(out, "no longer checked", json_object_get(changes, "gone_checks"));
    buf_addf(out, "since %s: %zu new failures, %zu fixed\n",
             text_of(json_object_get(changes, "since"), "started"),
             json_array_size(json_object_get(changes, "new_failures")),
             json_array_size(json_object_get(changes, "fixed")));
}

static void add_basis(struct buf *out, const json_t *results, const char *name,
                      const char *title) {
    const json_t *b = json_object_get(json_object_get(results, "bases"), name);

    if (b)
        buf_addf(out, "%s%lld of %lld", title, (long long)jsonx_int(b, "passed", 0),
                 clauses_offered(b));
}

static void add_verdict(struct buf *out, const json_t *results,
                        const struct report_options *o) {
    const json_t *conformant = json_object_get(results, "conformant");

    add_visible(out, "", json_object_get(results, "target"), "name");
    buf_addf(out, ": %s",
             paint(o, json_is_true(conformant)    ? "\x1b[32m"
                      : json_is_false(conformant) ? "\x1b[31m"
                                                  : "\x1b[33m"));
    add_visible(out, "", results, "verdict");
    buf_addf(out, "%s. ", paint(o, "\x1b[0m"));
    add_visible(out, "", results, "reason");
    buf_addc(out, '\n');
    if (strcmp(text_of(results, "command"), "diff") == 0)
        return;
    add_basis(out, results, "reference", "by the reference: ");
    add_basis(out, results, "all", "; with conventions: ");
    if (json_object_get(results, "bases"))
        buf_adds(out, " MUST clauses passed\n");
}

bool write_terminal(const json_t *results, const struct report_options *o,
                    struct buf *out) {
    bool diff = strcmp(text_of(results, "command"), "diff") == 0; /* of no clauses */
    bool causes = causes_to_tell(results) > 0;

    if (causes) {
        add_verdict(out, results, o);
        buf_addc(out, '\n');
        add_causes(out, results, o);
    }
    if (!causes || o->verbose)
        add_failures(out, results, o);
    if (!o->quiet) {
        if (!causes || o->verbose)
            add_choices(out, results);
        if (!diff) {
            add_without(out, results);
            add_unchecked(out, results, "not offered");
            add_unchecked(out, results, "unchecked");
        }
        buf_addc(out, '\n');
    }
    add_verdict(out, results, o);
    if (!diff) {
        add_level(out, results, "must", "MUST  ");
        add_level(out, results, "should", "SHOULD");
        add_level(out, results, "may", "MAY   ");
    }
    add_totals(out, results);
    add_changes(out, results);
    if (!o->quiet)
        add_rest(out, results);
    return !out->failed;
}
