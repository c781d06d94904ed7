#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/engine.h"

#ifndef ASSAY_VERSION
#define ASSAY_VERSION "0"
#endif

/* From best to worst, for a clause or a case. */
static const enum verdict severity[] = {VERDICT_SKIP,  VERDICT_PASS,   VERDICT_NOTE,
                                        VERDICT_WARN,  VERDICT_WAIVED, VERDICT_BLOCKED,
                                        VERDICT_ERROR, VERDICT_STALE,  VERDICT_FAIL};

static int severity_of(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(severity); i++)
        if (strcmp(verdict_name(severity[i]), name) == 0)
            return (int)i;
    return 0;
}

static const char *worse(const char *a, const char *b) {
    return severity_of(b) > severity_of(a) ? b : a;
}

static const char *verdict_text(const json_t *check) {
    return jsonx_string(check, "verdict", "");
}

static bool is(const json_t *check, enum verdict v) {
    return strcmp(verdict_text(check), verdict_name(v)) == 0;
}

/* Known failures: waived until their day; one that passes or is over is red. */
static void apply_waivers(struct run *r) {
    for (size_t w = 0; w < r->profile->waiver_count; w++) {
        const struct waiver *waiver = &r->profile->waivers[w];
        bool used = false;

        for (size_t i = 0; i < json_array_size(r->checks); i++) {
            json_t *k = json_array_get(r->checks, i);
            bool failed =
                is(k, VERDICT_FAIL) || is(k, VERDICT_WARN) || is(k, VERDICT_BLOCKED);
            const char *now = NULL;

            if (strcmp(jsonx_string(k, "id", ""), waiver->check) != 0)
                continue;
            used = true;
            if (failed && !waiver->expired)
                now = "waived";
            else if (is(k, VERDICT_PASS))
                now = "stale";
            if (now)
                json_object_set_new(k, "verdict", json_string(now));
            if (now && *now == 's')
                json_object_set_new(k, "reason",
                                    json_string("the check passes: remove its waiver"));
            json_object_set_new(k, "waiver",
                                json_pack("{s:s, s:s, s:s*, s:b}", "until",
                                          waiver->until, "reason", waiver->reason,
                                          "link", waiver->link, "expired",
                                          waiver->expired));
        }
        if (!used)
            run_say(r, "waiver of \"%s\": no such check was run", waiver->check);
    }
}

static void keep_selected(struct run *r) {
    for (size_t i = json_array_size(r->checks); r->options->filter && i-- > 0;) {
        json_t *k = json_array_get(r->checks, i);

        if (!str_glob(r->options->filter, jsonx_string(k, "id", "")) &&
            !str_glob(r->options->filter, jsonx_string(k, "case", "")))
            json_array_remove(r->checks, i);
    }
}

static int by_id(const void *a, const void *b) {
    const json_t *const *x = a, *const *y = b;

    return strcmp(jsonx_string(*x, "id", ""), jsonx_string(*y, "id", ""));
}

/* By id, whatever order the answers came in. */
static json_t *sorted(const json_t *list) {
    size_t n = json_array_size(list);
    json_t **items = mem_new(n, sizeof(*items)), *out = json_array();

    for (size_t i = 0; i < n; i++)
        items[i] = json_array_get(list, i);
    qsort(items, n, sizeof(*items), by_id);
    for (size_t i = 0; i < n; i++)
        json_array_append(out, items[i]);
    free(items);
    return out;
}

static void judge_cases(struct run *r, const json_t *checks) {
    json_t *worst = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *id = jsonx_string(k, "case", "");

        json_object_set_new(
            worst, id,
            json_string(worse(jsonx_string(worst, id, "skip"), verdict_text(k))));
    }
    for (size_t i = 0; i < json_array_size(r->case_list); i++) {
        json_t *c = json_array_get(r->case_list, i);

        json_object_set_new(
            c, "verdict",
            json_string(jsonx_string(worst, jsonx_string(c, "id", ""), "skip")));
    }
    json_decref(worst);
}

static json_t *clause_json(const struct clause *clause, const json_t *checks) {
    json_t *ids = json_array(), *o;
    const char *verdict = "skip", *reason = NULL;
    bool judged = false;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);

        if (strcmp(jsonx_string(k, "clause", ""), clause->id) != 0)
            continue;
        json_array_append(ids, json_object_get(k, "id"));
        verdict = worse(verdict, verdict_text(k));
        judged = judged || !is(k, VERDICT_SKIP);
        if (is(k, VERDICT_SKIP))
            reason = jsonx_string(k, "reason", reason);
    }
    o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", clause->id, "level",
                  level_name(clause->level), "source", clause->source, "area",
                  clause->area, "text", clause->text, "verdict",
                  judged ? verdict : "unchecked", "checks", ids);
    if (!judged)
        json_object_set_new(o, "reason",
                            json_string(reason ? reason : "no check of it was run"));
    return o;
}

struct tally {
    size_t clauses, passed, failed, unchecked;
};

static json_t *make_clauses(const struct run *r, const json_t *checks,
                            struct tally t[3]) {
    json_t *list = json_array();

    for (size_t i = 0; i < r->specs->catalogue->clause_count; i++) {
        const struct clause *clause = &r->specs->catalogue->clauses[i];
        json_t *o = clause_json(clause, checks);
        const char *v = verdict_text(o);
        struct tally *level = &t[clause->level];

        level->clauses++;
        if (strcmp(v, "unchecked") == 0)
            level->unchecked++;
        else if (strcmp(v, "pass") == 0 || strcmp(v, "note") == 0)
            level->passed++;
        else
            level->failed++;
        json_array_append_new(list, o);
    }
    return list;
}

struct ending {
    const char *verdict;
    char *reason;
    json_t *conformant;
    int code;
};

/* A check that was skipped for something other than what the profile does not claim. */
static bool skipped_unduly(const json_t *k) {
    const char *reason = jsonx_string(k, "reason", "");

    return is(k, VERDICT_SKIP) && !str_starts(reason, "the profile");
}

static struct ending conclude(const struct run *r, const json_t *checks,
                              const json_t *totals, size_t unchecked_must) {
    size_t red_must = 0, red_should = 0, errors = 0, undue = 0, judged = 0;
    bool partial = r->options->filter || r->options->fast || r->options->shards ||
                   jsonx_int(totals, "waived", 0);

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        bool must = strcmp(jsonx_string(k, "level", ""), "must") == 0;
        bool may = strcmp(jsonx_string(k, "level", ""), "may") == 0;
        bool red =
            is(k, VERDICT_FAIL) || is(k, VERDICT_STALE) || is(k, VERDICT_BLOCKED);

        red_must += red && (must || is(k, VERDICT_STALE));
        red_should += !may && (is(k, VERDICT_WARN) || (red && !must));
        errors += is(k, VERDICT_ERROR);
        undue += must && skipped_unduly(k);
        judged += !is(k, VERDICT_SKIP) && !is(k, VERDICT_ERROR);
    }
    if (strcmp(r->command, "diff") == 0 && !r->gone && !errors && judged)
        return red_must + red_should
                   ? (struct ending){"drifts",
                                     mem_printf("%zu of %zu exchanges are answered "
                                                "differently.",
                                                red_must + red_should, judged),
                                     json_null(), 1}
                   : (struct ending){"same",
                                     mem_printf("All %zu exchanges that can be compared "
                                                "are answered as recorded.",
                                                judged),
                                     json_null(), 0};
    if (red_must || (red_should && r->options->level == LEVEL_SHOULD))
        return (struct ending){
            "does not conform",
            red_must ? mem_printf("%zu checks of MUST clauses are red.", red_must)
                     : mem_printf("%zu checks of SHOULD clauses are red, and "
                                  "the level is should.",
                                  red_should),
            red_must ? json_false() : json_null(), 1};
    if (r->gone || errors || judged == 0)
        return (struct ending){
            "inconclusive",
            mem_printf("%s", r->gone  ? r->gone
                             : errors ? "Some checks had no answer to judge."
                                      : "Nothing was checked."),
            json_null(), 3};
    if (strcmp(r->command, "check") == 0)
        return (struct ending){"partial",
                               mem_strdup("Nothing that was recorded breaks a clause; a "
                                          "recording cannot show all of them."),
                               json_null(), 0};
    if (partial || undue)
        return (struct ending){"partial",
                               mem_strdup("Nothing is red, but not all was checked."),
                               json_null(), 0};
    if (unchecked_must)
        return (struct ending){
            "conforms except unchecked",
            mem_printf("Every MUST check that the profile's credentials and "
                       "limits allow passed; %zu MUST clauses are unchecked.",
                       unchecked_must),
            json_true(), 0};
    return (struct ending){"conforms", mem_strdup("Every MUST check ran and passed."),
                           json_true(), 0};
}

static json_t *level_json(const struct tally *t) {
    return json_pack("{s:i, s:i, s:i, s:i}", "clauses", (int)t->clauses, "passed",
                     (int)t->passed, "failed", (int)t->failed, "unchecked",
                     (int)t->unchecked);
}

static json_t *target_json(const struct run *r) {
    const struct profile *p = r->profile;
    json_t *roles = json_array();

    for (size_t i = 0; i < p->credential_count; i++)
        json_array_append_new(roles, json_string(p->credentials[i].role));
    return json_pack("{s:s, s:s, s:{s:s*, s:s*, s:s*, s:s*}, s:o, s:o, s:I}", "name",
                     p->target, "base_url", p->base_url, "implementation",
                     "organization", p->organization, "version", p->version, "url",
                     p->url, "contact", p->contact, "roles", roles, "secrets_per_scope",
                     p->secrets_per_scope < 0 ? json_null()
                                              : json_integer(p->secrets_per_scope),
                     "expiry_grace_ms", (json_int_t)p->expiry_grace_ms);
}

static json_t *totals_json(const json_t *checks) {
    json_t *totals = json_object();

    for (int v = 0; v < VERDICT_COUNT; v++)
        json_object_set_new(totals, verdict_name((enum verdict)v), json_integer(0));
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *v = verdict_text(json_array_get(checks, i));

        json_object_set_new(totals, v, json_integer(jsonx_int(totals, v, 0) + 1));
    }
    return totals;
}

static json_t *clock_json(const struct run *r) {
    const struct server_clock *c = &r->clock;

    return json_pack("{s:s, s:I, s:I}", "source",
                     c->known && !c->broken ? "Date" : "none", "skew_ms",
                     (json_int_t)((c->low + c->high) / 2 - c->shifted), "uncertainty_ms",
                     (json_int_t)((c->high - c->low) / 2));
}

static json_t *started_json(int64_t ms) {
    time_t t = (time_t)(ms / 1000);
    char text[40] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return json_sprintf("%s.%03dZ", text, (int)(ms % 1000));
}

json_t *results_make(struct run *r, int64_t started_ms, int64_t duration_ms) {
    const struct run_options *o = r->options;
    struct tally t[3] = {{0}};
    json_t *doc = json_object(), *checks, *clauses, *totals, *digest;
    struct ending end;

    keep_selected(r);
    apply_waivers(r);
    checks = sorted(r->checks);
    judge_cases(r, checks);
    clauses = make_clauses(r, checks, t);
    totals = totals_json(checks);
    end = conclude(r, checks, totals, t[LEVEL_MUST].unchecked);
    digest = json_pack("s+", "sha256:", r->specs->digest);
    json_object_update_new(
        doc,
        json_pack("{s:i, s:s, s:{s:s, s:s}, s:o, s:o, s:I, s:s, s:o, s:I, s:I, s:I, "
                  "s:s, s:s}",
                  "assay_results", 1, "command", r->command, "tool", "name", "assay",
                  "version", ASSAY_VERSION, "target", target_json(r), "spec_digest",
                  digest, "seed", (json_int_t)o->seed, "run", r->run_id, "started",
                  started_json(started_ms), "duration_ms", (json_int_t)duration_ms,
                  "longest_wait_ms", (json_int_t)r->longest_wait_ms, "requests",
                  (json_int_t)r->sent, "command_line",
                  o->command_line ? o->command_line : "", "level",
                  level_name(o->level)));
    json_object_update_new(
        doc, json_pack("{s:o, s:s, s:s, s:i, s:b, s:b, s:b, s:o, s:o, s:o, s:o, "
                       "s:{s:o, s:o, s:o}}",
                       "conformant", end.conformant, "verdict", end.verdict, "reason",
                       end.reason, "exit_code", end.code, "complete", !r->gone,
                       "filtered", o->filter || o->fast ? 1 : 0, "interrupted",
                       o->stop && *o->stop ? 1 : 0, "shard",
                       o->shards ? json_pack("{s:i, s:i}", "index", o->shard, "count",
                                             o->shards)
                                 : json_null(),
                       "clock", clock_json(r), "measures",
                       r->expiry_lag_ms >= 0
                           ? json_pack("{s:f}", "expiry_lag_ms", r->expiry_lag_ms)
                           : json_object(),
                       "totals", totals, "levels", "must", level_json(&t[0]), "should",
                       level_json(&t[1]), "may", level_json(&t[2])));
    json_object_set_new(doc, "clauses", clauses);
    json_object_set_new(doc, "cases", sorted(r->case_list));
    json_object_set_new(doc, "checks", checks);
    json_object_set(doc, "choices", r->choices);
    json_object_set(doc, "leftovers", r->leftovers);
    free(end.reason);
    return doc;
}

int results_exit_code(const json_t *results) {
    return (int)jsonx_int(results, "exit_code", 3);
}
