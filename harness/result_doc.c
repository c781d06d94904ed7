/* What a run, an exploration, a diff or a check found comes in. The result document
 * goes out: waivers applied, verdicts concluded. */
#include "harness/result_doc.h"

#include <string.h>
#include <time.h>

#include "core/build_info.h"
#include "core/jsonx.h"
#include "core/str.h"
#include "core/verdict.h"
#include "harness/run/client.h"

void result_doc_init(struct result_doc *d, const char *command) {
    *d = (struct result_doc){.command = command,
                             .checks = json_array(),
                             .cases = json_array(),
                             .choices = json_array(),
                             .rows = json_object(),
                             .leftovers = json_array(),
                             .absent = json_array(),
                             .expiry_lag_ms = -1};
}

void result_doc_release(struct result_doc *d) {
    json_decref(d->checks);
    json_decref(d->cases);
    json_decref(d->choices);
    json_decref(d->rows);
    json_decref(d->leftovers);
    json_decref(d->absent);
}

static const char *verdict_text(const json_t *check) {
    return jsonx_string(check, "verdict", "");
}

static bool is(const json_t *check, enum verdict v) {
    return strcmp(verdict_text(check), verdict_name(v)) == 0;
}

/* What a waiver makes of a verdict, and why; NULL = the verdict stays: a MUST that
 * fails after the waiver's day is red without it. */
static const char *waived_verdict(const json_t *k, const struct waiver *w,
                                  const char **why) {
    bool failed = is(k, VERDICT_FAIL) || is(k, VERDICT_WARN) || is(k, VERDICT_BLOCKED);

    *why = is(k, VERDICT_PASS)    ? "the check passes: remove its waiver"
           : failed && w->expired ? "its waiver has ended"
                                  : NULL;
    if (failed && !w->expired)
        return "waived";
    return is(k, VERDICT_PASS) || (is(k, VERDICT_WARN) && w->expired) ? "stale" : NULL;
}

/* Does it speak of more than one check? Then those of them that pass are no matter. */
static bool is_wide(const struct waiver *w) {
    return w->clause || strpbrk(w->check, "*?");
}

static bool names(const struct waiver *w, const json_t *k) {
    return w->clause ? strcmp(w->clause, jsonx_string(k, "clause", "")) == 0
                     : str_glob(w->check, jsonx_string(k, "id", ""));
}

static void set_waiver(json_t *k, const struct waiver *w) {
    json_object_set_new(k, "waiver",
                        json_pack("{s:s, s:s, s:s*, s:b}", "until", w->until, "reason",
                                  w->reason, "link", w->link, "expired", w->expired));
}

static void apply_waiver(const struct waiver *waiver, json_t *k) {
    const char *now, *why;

    if (!names(waiver, k) ||
        (is_wide(waiver) && (is(k, VERDICT_PASS) || json_object_get(k, "waiver"))))
        return;
    now = waived_verdict(k, waiver, &why);
    if (is_wide(waiver) && !now && !why)
        return;
    if (now)
        json_object_set_new(k, "verdict", json_string(now));
    if (why && (now || !json_object_get(k, "reason")))
        json_object_set_new(k, "reason", json_string(why));
    set_waiver(k, waiver);
}

/* Known failures: waived until their day; one that passes or is over is red. */
static void apply_waivers(const struct profile *p, json_t *k) {
    for (size_t w = 0; w < p->waiver_count; w++)
        apply_waiver(&p->waivers[w], k);
}

/* A wide waiver of which nothing fails any more is told at the first check that it names. */
static void find_idle_waiver(const struct waiver *w, json_t *checks) {
    json_t *first = NULL;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *k = json_array_get(checks, i);

        if (!names(w, k))
            continue;
        if (!is(k, VERDICT_PASS) && !is(k, VERDICT_SKIP))
            return;
        first = !first && is(k, VERDICT_PASS) ? k : first;
    }
    if (!first)
        return;
    json_object_set_new(first, "verdict", json_string("stale"));
    json_object_set_new(first, "reason",
                        json_string("nothing that its waiver names fails: remove it"));
    set_waiver(first, w);
}

static void find_idle_waivers(const struct profile *p, const struct run_options *o,
                              json_t *checks) {
    bool all = !o->filter && !o->clause && !o->only && !o->fast && !o->shards;

    for (size_t w = 0; all && w < p->waiver_count; w++)
        if (is_wide(&p->waivers[w]))
            find_idle_waiver(&p->waivers[w], checks);
}

bool result_doc_is_red(const struct profile *p, const json_t *check) {
    json_t *k = json_copy((json_t *)(uintptr_t)check);
    bool red;

    apply_waivers(p, k);
    red = is(k, VERDICT_FAIL) || is(k, VERDICT_BLOCKED) ||
          strcmp(verdict_text(k), "stale") == 0;
    json_decref(k);
    return red;
}

static bool had_no_answer(const json_t *k) {
    const json_t *t = json_object_get(k, "transcript");

    for (size_t i = 0; i < json_array_size(t); i++)
        if (str_starts(jsonx_string(json_array_get(t, i), "failure", ""),
                       CLIENT_NO_ANSWER))
            return true;
    return strstr(jsonx_string(k, "reason", ""), CLIENT_NO_ANSWER) != NULL;
}

/* The target stopped answering for good: what had no answer in time says nothing of
 * the clause. */
static void excuse_silence(struct result_doc *d) {
    for (size_t i = 0; d->target_lost && i < json_array_size(d->checks); i++) {
        json_t *k = json_array_get(d->checks, i);

        if ((is(k, VERDICT_FAIL) || is(k, VERDICT_WARN) || is(k, VERDICT_BLOCKED)) &&
            had_no_answer(k))
            json_object_set_new(k, "verdict", json_string(verdict_name(VERDICT_ERROR)));
    }
}

static void keep_selected(struct result_doc *d, const struct run_options *o) {
    for (size_t i = json_array_size(d->checks); i-- > 0;) {
        const json_t *k = json_array_get(d->checks, i);

        if (!run_selects(o, jsonx_string(k, "id", ""), jsonx_string(k, "case", ""),
                         jsonx_string(k, "clause", "")))
            json_array_remove(d->checks, i);
    }
}

static json_t *make_clauses(const struct specs *specs) {
    json_t *list = json_array();

    for (size_t i = 0; i < specs->catalogue->clause_count; i++) {
        const struct clause *c = &specs->catalogue->clauses[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", c->id,
                                        "level", level_name(c->level), "source",
                                        c->source, "area", c->area, "text", c->text));
    }
    return list;
}

static json_t *target_json(const struct profile *p) {
    json_t *roles = json_array(), *o;

    for (size_t i = 0; i < p->credential_count; i++)
        json_array_append_new(roles, json_string(p->credentials[i].role));
    o = json_pack("{s:s, s:s, s:{s:s*, s:s*, s:s*, s:s*}, s:o, s:o, s:I}", "name",
                  p->target, "base_url", p->base_url, "implementation", "organization",
                  p->organization, "version", p->version, "url", p->url, "contact",
                  p->contact, "roles", roles, "secrets_per_scope",
                  p->secrets_per_scope < 0 ? json_null()
                                           : json_integer(p->secrets_per_scope),
                  "expiry_grace_ms", (json_int_t)p->expiry_grace_ms);
    if (p->clock_path)
        json_object_set_new(o, "clock",
                            json_pack("{s:s, s:s, s:s*}", "method", p->clock_method,
                                      "path", p->clock_path, "form", p->clock_form));
    return o;
}

static json_t *without_json(const struct profile *p) {
    json_t *list = json_array();

    for (size_t i = 0; i < p->without_count; i++)
        json_array_append_new(list, json_string(p->without[i]));
    return list;
}

static json_t *clock_json(const struct server_clock *clock) {
    static const struct server_clock none = {0};
    const struct server_clock *c = clock ? clock : &none;

    json_t *o = json_pack("{s:s, s:I, s:I, s:i}", "source",
                          !c->known    ? "none"
                          : c->by_made ? "created"
                                       : "Date",
                          "skew_ms", (json_int_t)((c->low + c->high) / 2 - c->shifted),
                          "uncertainty_ms", (json_int_t)((c->high - c->low) / 2),
                          "steps", (int)c->steps);

    if (c->seen_date || c->seen_made) {
        json_object_set_new(o, "date", json_integer((json_int_t)c->seen_date));
        json_object_set_new(o, "created", json_integer((json_int_t)c->seen_made));
    }
    return o;
}

static json_t *measures_json(const struct result_doc *d) {
    json_t *o = json_object();

    if (d->cases_ms > 0)
        json_object_set_new(o, "cases_ms", json_real(d->cases_ms));
    if (d->expiry_lag_ms >= 0)
        json_object_set_new(o, "expiry_lag_ms", json_real(d->expiry_lag_ms));
    return o;
}

static json_t *started_json(int64_t ms) {
    time_t t = (time_t)(ms / 1000);
    char text[40] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return json_sprintf("%s.%03dZ", text, (int)(ms % 1000));
}

json_t *result_doc_make(struct result_doc *d, const struct specs *specs,
                        const struct profile *profile, const struct run_options *o,
                        const struct server_clock *clock, int64_t started_ms,
                        int64_t duration_ms) {
    json_t *doc = json_object(), *digest = json_pack("s+", "sha256:", specs->digest);

    keep_selected(d, o);
    excuse_silence(d);
    for (size_t i = 0; i < json_array_size(d->checks); i++)
        apply_waivers(profile, json_array_get(d->checks, i));
    find_idle_waivers(profile, o, d->checks);
    json_object_update_new(
        doc,
        json_pack(
            "{s:i, s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:I, s:s, s:o, s:I, s:I, s:I, "
            "s:s, s:s}",
            "assay_results", 1, "command", d->command, "tool", "name", "assay",
            "version", build_version, "revision", build_revision, "target",
            target_json(profile), "spec_digest", digest, "seed", (json_int_t)o->seed,
            "run", d->run_id, "started", started_json(started_ms), "duration_ms",
            (json_int_t)duration_ms, "longest_wait_ms", (json_int_t)d->longest_wait_ms,
            "requests", (json_int_t)d->requests, "command_line",
            o->command_line ? o->command_line : "", "level", level_name(o->level)));
    json_object_update_new(
        doc, json_pack("{s:s?, s:b, s:b, s:b, s:o, s:o, s:o}", "gone", d->gone,
                       "complete", !d->gone, "filtered", run_is_filtered(o),
                       "interrupted", o->stop && *o->stop ? 1 : 0, "shard",
                       o->shards ? json_pack("{s:i, s:i}", "index", o->shard, "count",
                                             o->shards)
                                 : json_null(),
                       "clock", clock_json(clock), "measures", measures_json(d)));
    json_object_set_new(doc, "clauses", make_clauses(specs));
    if (o->basis)
        json_object_set(doc, "basis", (json_t *)(uintptr_t)o->basis);
    if (profile->without_count)
        json_object_set_new(doc, "without", without_json(profile));
    if (json_array_size(d->absent))
        json_object_set(doc, "absent", d->absent);
    json_object_set(doc, "cases", d->cases);
    json_object_set(doc, "checks", d->checks);
    json_object_set(doc, "choices", d->choices);
    if (json_object_size(d->rows))
        json_object_set(doc, "rows", d->rows);
    json_object_set(doc, "leftovers", d->leftovers);
    if (d->hidden_secrets || d->hidden_parts)
        json_object_set_new(doc, "hidden",
                            json_pack("{s:I, s:I}", "secrets",
                                      (json_int_t)d->hidden_secrets, "parts",
                                      (json_int_t)d->hidden_parts));
    verdict_conclude(doc);
    return doc;
}

int result_doc_exit_code(const json_t *results) {
    return (int)jsonx_int(results, "exit_code", 3);
}
