/* A recording comes in. A result document goes out: one check a rule, over all of the
 * traffic. */
#include "harness/passive/passive.h"

#include <stdlib.h>
#include <string.h>

#include "api/gateway.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/passive/recorded_time.h"
#include "harness/passive/rule.h"
#include "harness/result_doc.h"
#include "harness/run/evidence.h"
#include "recording/history/history_load.h"

static const struct rules *const rules[] = {
    &passive_objects,  &passive_secrets,  &passive_lists,  &passive_pages,
    &passive_identity, &passive_requests, &passive_answers};

static bool from_gateway(const struct interaction *t) {
    const struct http_response *a = &t->x->response;

    return gateway_answered(a->status, a->body ? a->body : "", a->body_len);
}

static void judge_rule(struct result_doc *doc, const struct specs *specs,
                       const struct histories *s, const struct rule *rule,
                       const char *path, json_t **bodies, bool time_is_sure) {
    const struct clause *clause = catalogue_clause(specs->catalogue, rule->clause);
    struct rule_context k = {.histories = s,
                             .time_is_sure = time_is_sure,
                             .memory = json_object(),
                             .found = json_array()};
    enum verdict v;
    json_t *o;

    for (size_t i = 0; i < s->count; i++) {
        k.t = &s->interactions[i];
        if (k.t->history < 0 || from_gateway(k.t))
            continue;
        k.history = &s->items[k.t->history];
        k.body = bodies[i];
        k.answered_well = k.t->x->response.status / 100 == 2;
        rule->judge(&k);
    }
    v = json_array_size(k.found) ? verdict_for(clause)
        : k.judged               ? VERDICT_PASS
                                 : VERDICT_SKIP;
    o = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "id",
                  json_sprintf("recording/%s/%s", rule->name, rule->clause), "clause",
                  rule->clause, "level", level_name(clause->level), "verdict",
                  verdict_name(v), "case", "recording", "title", rule->title, "file",
                  path, "line", 0, "column", 0);
    if (v == VERDICT_SKIP)
        json_object_set_new(o, "reason", json_string("nothing recorded speaks of it"));
    else
        json_object_set_new(o, "say", json_sprintf("%u judged", k.judged));
    if (json_array_size(k.found))
        json_object_set(o, "mismatches", k.found);
    json_decref(k.found);
    json_decref(k.memory);
    json_array_append_new(doc->checks, o);
}

json_t *passive_check(const struct recording *recording, const char *path,
                      const struct specs *specs) {
    struct histories *s = histories_new(recording);
    struct profile profile = {
        .target = recording->upstream ? recording->upstream : (char *)(uintptr_t)path,
        .base_url = recording->upstream ? recording->upstream : (char *)(uintptr_t) "",
        .secrets_per_scope = -1};
    struct run_options options = {.level = LEVEL_MUST};
    struct result_doc found;
    bool sure;
    json_t **bodies = mem_new(s->count + 1, sizeof(*bodies)), *doc;

    result_doc_init(&found, "check");
    found.requests = recording->count;
    for (size_t i = 0; i < s->count; i++)
        bodies[i] = s->interactions[i].history >= 0
                        ? jsonx_body(&s->interactions[i].x->response)
                        : NULL;
    sure = recorded_time_is_sure(s, bodies);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        for (size_t j = 0; j < rules[i]->count; j++)
            judge_rule(&found, specs, s, &rules[i]->items[j], path, bodies, sure);
    doc = result_doc_make(&found, specs, &profile, &options, NULL,
                          recording->started_ms, 0);
    for (size_t i = 0; i < s->count; i++)
        json_decref(bodies[i]);
    free(bodies);
    result_doc_release(&found);
    histories_free(s);
    return doc;
}
