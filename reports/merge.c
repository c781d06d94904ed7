/* Shards, or a result and its baseline, come in. One document goes out, or what
 * changed. */
#include "reports/merge.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/verdict.h"
#include "reports/text.h"

bool results_are_shards(json_t *const *results, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!json_is_object(json_object_get(results[i], "shard")))
            return false;
    return count > 0;
}

/* What must be equal in all shards of a run. */
static bool same_run(const json_t *a, const json_t *b, size_t index, struct err *err) {
    static const char *const pointers[] = {"/spec_digest",  "/seed",
                                           "/target/name",  "/shard/count",
                                           "/tool/version", "/level"};

    for (size_t i = 0; i < ARRAY_LEN(pointers); i++) {
        char *x, *y;
        bool same = json_equal(jsonx_at(a, pointers[i]), jsonx_at(b, pointers[i]));

        if (same)
            continue;
        x = json_dumps(jsonx_at(a, pointers[i]), JSON_ENCODE_ANY);
        y = json_dumps(jsonx_at(b, pointers[i]), JSON_ENCODE_ANY);
        err_at(err, ERR_SYNTAX, 0, 0,
               "document %zu is no shard of the same run: %s is %.80s, not %.80s",
               index + 1, pointers[i], y ? y : "missing", x ? x : "missing");
        free(x);
        free(y);
        return false;
    }
    return true;
}

static void add_sum(json_t *doc, const json_t *more, const char *key) {
    json_object_set_new(doc, key,
                        json_integer(jsonx_int(doc, key, 0) + jsonx_int(more, key, 0)));
}

static void add_most(json_t *doc, const json_t *more, const char *key) {
    if (jsonx_int(more, key, 0) > jsonx_int(doc, key, 0))
        json_object_set_new(doc, key, json_integer(jsonx_int(more, key, 0)));
}

static void add_shard(json_t *doc, const json_t *shard) {
    static const char *const lists[] = {"checks", "cases", "choices", "leftovers"};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        json_array_extend(json_object_get(doc, lists[i]),
                          json_object_get(shard, lists[i]));
    if (json_object_get(shard, "rows") && !json_object_get(doc, "rows"))
        json_object_set_new(doc, "rows", json_object());
    json_object_update(json_object_get(doc, "rows"), json_object_get(shard, "rows"));
    add_sum(doc, shard, "requests");
    add_most(doc, shard, "duration_ms");
    add_most(doc, shard, "longest_wait_ms");
    if (json_is_true(json_object_get(shard, "filtered")))
        json_object_set_new(doc, "filtered", json_true());
    if (json_is_true(json_object_get(shard, "interrupted")))
        json_object_set_new(doc, "interrupted", json_true());
    if (!json_is_true(json_object_get(shard, "complete"))) {
        json_object_set_new(doc, "complete", json_false());
        json_object_set(doc, "gone", json_object_get(shard, "gone"));
    }
}

static void say_missing(json_t *doc, const bool *seen, size_t count) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    size_t missing = 0;

    for (size_t i = 1; i <= count; i++)
        if (!seen[i]) {
            buf_addf(&text, "%s%zu", missing ? ", " : "", i);
            missing++;
        }
    if (missing) {
        json_object_set_new(doc, "complete", json_false());
        json_object_set_new(doc, "gone",
                            json_sprintf("shard%s %s of %zu %s missing.",
                                         missing > 1 ? "s" : "", text.ptr, count,
                                         missing > 1 ? "are" : "is"));
    } else {
        json_object_set_new(doc, "shard", json_null());
    }
    buf_release(&text);
}

json_t *results_merge(json_t *const *results, size_t count, struct err *err) {
    size_t shards = (size_t)json_integer_value(jsonx_at(results[0], "/shard/count"));
    bool *seen = mem_new(shards + 1, sizeof(*seen));
    json_t *doc = json_deep_copy(results[0]);

    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)json_integer_value(jsonx_at(results[i], "/shard/index"));

        if (!same_run(results[0], results[i], i, err) || index < 1 || index > shards ||
            seen[index]) {
            err_at(err, ERR_SYNTAX, 0, 0, "shard %zu of %zu is given twice", index,
                   shards);
            json_decref(doc);
            free(seen);
            return NULL;
        }
        seen[index] = true;
        if (i > 0)
            add_shard(doc, results[i]);
    }
    say_missing(doc, seen, shards);
    verdict_conclude(doc);
    free(seen);
    return doc;
}

/* --- changes --- */

static bool is_bad(const json_t *k) {
    return is_red(k) || is_verdict(k, "warn");
}

void results_compare(json_t *results, const json_t *baseline) {
    const json_t *now = json_object_get(results, "checks"),
                 *then = json_object_get(baseline, "checks");
    json_t *known = json_object(), *failures = json_array(), *fixed = json_array(),
           *added = json_array(), *gone = json_array(), *seen = json_object();

    for (size_t i = 0; i < json_array_size(then); i++)
        json_object_set(known, text_of(json_array_get(then, i), "id"),
                        json_array_get(then, i));
    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *k = json_array_get(now, i),
                     *old = json_object_get(known, text_of(k, "id"));
        json_t *id = json_object_get(k, "id");

        json_object_set_new(seen, text_of(k, "id"), json_true());
        if (!old)
            json_array_append(added, id);
        if (is_bad(k) && (!old || !is_bad(old)))
            json_array_append(failures, id);
        else if (old && is_bad(old) && (is_verdict(k, "pass") || is_verdict(k, "note")))
            json_array_append(fixed, id);
    }
    for (size_t i = 0; i < json_array_size(then); i++)
        if (!json_object_get(seen, text_of(json_array_get(then, i), "id")))
            json_array_append(gone, json_object_get(json_array_get(then, i), "id"));
    json_object_set_new(
        results, "changes",
        json_pack("{s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:o}", "since", "started",
                  text_of(baseline, "started"), "run", text_of(baseline, "run"),
                  "verdict", text_of(baseline, "verdict"), "new_failures", failures,
                  "fixed", fixed, "new_checks", added, "gone_checks", gone));
    json_decref(known);
    json_decref(seen);
}

size_t results_new_failures(const json_t *results) {
    return json_array_size(jsonx_at(results, "/changes/new_failures"));
}
