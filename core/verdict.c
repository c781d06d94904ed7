/* The checks of a result document come in. Verdicts of its cases and clauses, the
 * totals and the exit code go out. */
#include "core/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "core/base.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

/* How the reason begins of what was skipped since the profile declares it (`without`). */
#define NOT_OFFERED "the profile says that it does without"

/* From best to worst, for a clause or a case. */
static const char *const severity[] = {"skip",    "pass",  "note",  "warn", "waived",
                                       "blocked", "error", "stale", "fail"};

static int severity_of(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(severity); i++)
        if (strcmp(severity[i], name) == 0)
            return (int)i;
    return 0;
}

static const char *worse(const char *a, const char *b) {
    return severity_of(b) > severity_of(a) ? b : a;
}

static const char *verdict_text(const json_t *check) {
    return jsonx_string(check, "verdict", "");
}

static bool is(const json_t *check, const char *verdict) {
    return strcmp(verdict_text(check), verdict) == 0;
}

static int by_id(const void *a, const void *b) {
    const json_t *const *x = a, *const *y = b;

    return strverscmp(jsonx_string(*x, "id", ""), jsonx_string(*y, "id", ""));
}

/* By id, whatever order the answers came in; exchange-9 before exchange-10. */
static void sort_member(json_t *doc, const char *key) {
    const json_t *list = json_object_get(doc, key);
    size_t n = json_array_size(list);
    json_t **items = mem_new(n + 1, sizeof(*items)), *out = json_array();

    for (size_t i = 0; i < n; i++)
        items[i] = json_array_get(list, i);
    qsort(items, n, sizeof(*items), by_id);
    for (size_t i = 0; i < n; i++)
        json_array_append(out, items[i]);
    free(items);
    json_object_set_new(doc, key, out);
}

static void judge_cases(json_t *doc) {
    const json_t *checks = json_object_get(doc, "checks"),
                 *cases = json_object_get(doc, "cases");
    json_t *worst = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        const char *id = jsonx_string(k, "case", "");

        json_object_set_new(
            worst, id,
            json_string(worse(jsonx_string(worst, id, "skip"), verdict_text(k))));
    }
    for (size_t i = 0; i < json_array_size(cases); i++) {
        json_t *c = json_array_get(cases, i);

        json_object_set_new(
            c, "verdict",
            json_string(jsonx_string(worst, jsonx_string(c, "id", ""), "skip")));
    }
    json_decref(worst);
}

/* Checks of each clause: id -> [check, ..]. */
static json_t *by_clause(const json_t *checks) {
    json_t *map = json_object();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *k = json_array_get(checks, i), *list;
        const char *id = jsonx_string(k, "clause", "");

        list = json_object_get(map, id);
        if (!list) {
            list = json_array();
            json_object_set_new(map, id, list);
        }
        json_array_append(list, k);
    }
    return map;
}

static void judge_clause(json_t *clause, const json_t *checks) {
    json_t *ids = json_array();
    const char *verdict = "skip", *reason = NULL;
    bool judged = false, offered = true, absent = false;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);

        json_array_append(ids, json_object_get(k, "id"));
        if (is(k, "blocked") && json_object_get(k, "lacks"))
            absent = true; /* it is told once, at what is not offered */
        else
            verdict = worse(verdict, verdict_text(k));
        judged = judged || !is(k, "skip");
        if (!is(k, "skip"))
            continue;
        if (offered)
            reason = jsonx_string(k, "reason", reason);
        offered = offered && !str_starts(jsonx_string(k, "reason", ""), NOT_OFFERED);
    }
    if (absent && strcmp(verdict, "skip") == 0)
        verdict = "blocked";
    json_object_set_new(clause, "verdict",
                        json_string(judged    ? verdict
                                    : offered ? "unchecked"
                                              : "not offered"));
    json_object_set_new(clause, "checks", ids);
    if (judged)
        json_object_del(clause, "reason");
    else
        json_object_set_new(clause, "reason",
                            json_string(reason ? reason : "no check of it was run"));
}

static void count(json_t *level, const char *key) {
    json_object_set_new(level, key, json_integer(jsonx_int(level, key, 0) + 1));
}

/* A MUST that was kept in a way that only warns is kept. */
static const char *counts_as(const json_t *clause) {
    bool should = strcmp(jsonx_string(clause, "level", ""), "should") == 0;

    if (is(clause, "not offered"))
        return "not_offered";
    if (is(clause, "unchecked") || is(clause, "error") || is(clause, "blocked"))
        return "unchecked";
    return is(clause, "pass") || is(clause, "note") || (is(clause, "warn") && !should)
               ? "passed"
               : "failed";
}

static json_t *no_counts(void) {
    return json_pack("{s:i, s:i, s:i, s:i, s:i}", "clauses", 0, "passed", 0, "failed",
                     0, "unchecked", 0, "not_offered", 0);
}

static json_t *judge_clauses(json_t *doc) {
    json_t *clauses = json_object_get(doc, "clauses");
    json_t *checks = by_clause(json_object_get(doc, "checks"));
    json_t *levels = json_object();
    static const char *const names[] = {"must", "should", "may"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        json_object_set_new(levels, names[i], no_counts());
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        json_t *c = json_array_get(clauses, i);
        json_t *level = json_object_get(levels, jsonx_string(c, "level", "may"));

        judge_clause(c, json_object_get(checks, jsonx_string(c, "id", "")));
        count(level, "clauses");
        count(level, counts_as(c));
    }
    json_decref(checks);
    return levels;
}

static json_t *count_totals(const json_t *checks) {
    json_t *totals = json_object();
    static const char *const order[] = {"pass",    "fail",   "warn",  "note", "skip",
                                        "blocked", "waived", "stale", "error"};

    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        json_object_set_new(totals, order[i], json_integer(0));
    for (size_t i = 0; i < json_array_size(checks); i++)
        count(totals, verdict_text(json_array_get(checks, i)));
    return totals;
}

struct tally {
    size_t red_aside;              /* of sources that do not count (`basis`) */
    size_t red_must, blocked_must; /* the second among the first */
    size_t red_should, stale, errors, undue, judged, waived, unchecked_must;
    size_t changed; /* `diff`: in what the API leaves free alone */
};

/* A check that was skipped for something other than what the profile does not claim. */
static bool skipped_unduly(const json_t *k) {
    return is(k, "skip") && !str_starts(jsonx_string(k, "reason", ""), "the profile");
}

/* Does one of the sources that the clause cites count? Without `basis` all do. */
static bool clause_counts(const json_t *doc, const char *id) {
    const json_t *basis = json_object_get(doc, "basis"),
                 *clauses = json_object_get(doc, "clauses");

    for (size_t i = 0; basis && i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        if (strcmp(jsonx_string(c, "id", ""), id) != 0)
            continue;
        for (size_t k = 0; k < json_array_size(basis); k++)
            if (strstr(jsonx_string(c, "source", ""),
                       json_string_value(json_array_get(basis, k))))
                return true;
        return false;
    }
    return true;
}

/* How the MUST clauses stand: by what the reference or its schema says, and all. */
static json_t *judge_bases(const json_t *doc) {
    const json_t *clauses = json_object_get(doc, "clauses");
    json_t *bases = json_object(), *reference, *all;

    reference = no_counts();
    all = json_deep_copy(reference);
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);
        const char *source = jsonx_string(c, "source", "");

        if (strcmp(jsonx_string(c, "level", ""), "must") != 0)
            continue;
        count(all, "clauses");
        count(all, counts_as(c));
        if (strstr(source, "reference") || strstr(source, "schema")) {
            count(reference, "clauses");
            count(reference, counts_as(c));
        }
    }
    json_object_set_new(bases, "reference", reference);
    json_object_set_new(bases, "all", all);
    return bases;
}

static struct tally tally(const json_t *doc) {
    const json_t *checks = json_object_get(doc, "checks");
    struct tally t = {0};

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        bool must = strcmp(jsonx_string(k, "level", ""), "must") == 0;
        bool may = strcmp(jsonx_string(k, "level", ""), "may") == 0;
        bool red = is(k, "fail") || is(k, "blocked");

        if ((red || is(k, "warn")) &&
            !clause_counts(doc, jsonx_string(k, "clause", ""))) {
            t.red_aside += red && must;
            t.judged++;
            continue;
        }

        t.red_must += red && must;
        t.blocked_must += must && is(k, "blocked");
        t.stale += is(k, "stale");
        t.red_should += !may && (is(k, "warn") || (red && !must));
        t.errors += is(k, "error");
        t.undue += must && skipped_unduly(k);
        t.judged += !is(k, "skip") && !is(k, "error");
        t.waived += is(k, "waived");
        t.changed += json_is_true(json_object_get(k, "changed"));
    }
    t.unchecked_must =
        (size_t)json_integer_value(jsonx_at(doc, "/levels/must/unchecked"));
    return t;
}

static void end(json_t *doc, const char *verdict, json_t *conformant, int code,
                char *reason) {
    json_object_set_new(doc, "conformant", conformant);
    json_object_set_new(doc, "verdict", json_string(verdict));
    json_object_set_new(doc, "reason", json_string(reason));
    json_object_set_new(doc, "exit_code", json_integer(code));
    free(reason);
}

/* "3 checks of MUST clauses are red." */
static char *red_sentence(size_t n, const char *level, const char *rest) {
    return mem_printf("%zu check%s of %s clauses %s red%s.", n, n == 1 ? "" : "s",
                      level, n == 1 ? "is" : "are", rest);
}

/* `diff`: any difference is drift, whatever the level of the clause, and whatever came
 * after it. */
static void conclude_diff(json_t *doc, const struct tally *t, const char *gone) {
    size_t red = t->red_must + t->red_should;

    if (red)
        end(doc, "drifts", json_null(), 1,
            mem_printf("%zu of %zu exchanges are answered differently%s%s%s.", red,
                       t->judged,
                       !t->changed         ? ""
                       : t->changed == red ? ", in what the API leaves free"
                                           : ", some in what the API leaves free only",
                       gone ? "; the rest was not compared: " : "", gone ? gone : ""));
    else
        end(doc, "same", json_null(), 0,
            mem_printf(
                "All %zu exchanges that can be compared are answered as recorded.",
                t->judged));
}

/* What is blocked is not counted as failed. */
static void conclude_red(json_t *doc, const struct tally *t) {
    size_t failed = t->red_must - t->blocked_must;
    char *rest = mem_printf(", %zu more blocked by what they rest on", t->blocked_must);

    end(doc, "does not conform", json_false(), 1,
        !failed ? mem_printf("%zu check%s of MUST clauses %s blocked by what %s on.",
                             t->blocked_must, t->blocked_must == 1 ? "" : "s",
                             t->blocked_must == 1 ? "is" : "are",
                             t->blocked_must == 1 ? "it rests" : "they rest")
                : red_sentence(failed, "MUST", t->blocked_must ? rest : ""));
    free(rest);
}

static char *sentence(const char *text) {
    size_t len = strlen(text);
    char *s = mem_printf("%s%s", text, len && strchr(".?!", text[len - 1]) ? "" : ".");

    if (s[0] >= 'a' && s[0] <= 'z' && !str_starts(s, "http"))
        s[0] = (char)(s[0] - 'a' + 'A');
    return s;
}

static void conclude(json_t *doc) {
    struct tally t = tally(doc);
    const char *command = jsonx_string(doc, "command", "run"),
               *gone = jsonx_string(doc, "gone", NULL);
    bool by_should = strcmp(jsonx_string(doc, "level", "must"), "should") == 0;
    bool partial = json_is_true(json_object_get(doc, "filtered")) ||
                   json_is_object(json_object_get(doc, "shard")) || t.waived || t.undue;

    if (strcmp(command, "diff") == 0 &&
        (t.red_must || t.red_should || (!gone && !t.errors && t.judged)))
        conclude_diff(doc, &t, gone);
    else if (t.red_must)
        conclude_red(doc, &t);
    else if (t.red_should && by_should)
        end(doc, "does not conform", json_null(), 1,
            red_sentence(t.red_should, "SHOULD", ", and the level is should"));
    else if (t.stale)
        end(doc, "partial", json_null(), 1,
            mem_printf("%zu waiver%s to be removed or renewed: ended, or %s.", t.stale,
                       t.stale == 1 ? " is" : "s are",
                       t.stale == 1 ? "its check passes" : "their checks pass"));
    else if (gone || t.errors || !t.judged)
        end(doc, "inconclusive", json_null(), 3,
            sentence(gone       ? gone
                     : t.errors ? "Some checks had no answer to judge."
                                : "Nothing was checked."));
    else if (strcmp(command, "check") == 0)
        end(doc, "partial", json_null(), 0,
            mem_strdup("Nothing that was recorded breaks a clause; a recording cannot "
                       "show all of them."));
    else if (strcmp(command, "explore") == 0)
        end(doc, "partial", json_null(), 0,
            mem_strdup("No answer differs from the model's; what was not tried is not "
                       "known."));
    else if (t.red_aside)
        end(doc, "partial", json_null(), 0,
            mem_printf("Nothing is red by the sources that count; %zu check%s of MUST "
                       "clauses of others %s.",
                       t.red_aside, t.red_aside == 1 ? "" : "s",
                       t.red_aside == 1 ? "is" : "are"));
    else if (json_array_size(json_object_get(doc, "without")) && !partial)
        end(doc, "partial", json_null(), 0,
            mem_strdup("It conforms in what it offers: nothing is red, and the profile "
                       "says what it does without."));
    else if (partial)
        end(doc, "partial", json_null(), 0,
            mem_strdup("Nothing is red, but not all was checked."));
    else if (t.unchecked_must)
        end(doc, "conforms except unchecked", json_true(), 0,
            mem_printf(
                "Every MUST check that the profile's credentials and limits allow "
                "passed; %zu MUST clause%s unchecked.",
                t.unchecked_must, t.unchecked_must == 1 ? " is" : "s are"));
    else
        end(doc, "conforms", json_true(), 0,
            mem_strdup("Every MUST check ran and passed."));
}

void verdict_conclude(json_t *doc) {
    sort_member(doc, "checks");
    sort_member(doc, "cases");
    judge_cases(doc);
    json_object_set_new(doc, "levels", judge_clauses(doc));
    json_object_set_new(doc, "bases", judge_bases(doc));
    json_object_set_new(doc, "totals", count_totals(json_object_get(doc, "checks")));
    conclude(doc);
}
