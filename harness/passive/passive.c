/* A recording comes in. A result document goes out: one check a rule, over all of the
 * traffic. */
#include "harness/passive/passive.h"

#include <stdlib.h>
#include <string.h>

#include "api/gateway.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/parallel_for.h"
#include "harness/passive/recorded_time.h"
#include "harness/passive/rule.h"
#include "harness/result_doc.h"
#include "harness/run/evidence.h"
#include "recording/history/history_load.h"

static const struct rules *const rules[] = {
    &passive_objects,  &passive_secrets,  &passive_lists,  &passive_pages,
    &passive_identity, &passive_requests, &passive_answers};

enum { PART_ANSWERS = 500 };

/* What every rule is shown of an answer. */
struct passive_answers {
    const struct histories *histories;
    json_t **bodies;   /* NULL = no JSON, or in no history */
    bool *is_gateways; /* it came from a gateway */
};

struct answers_part {
    const struct passive_answers *answers;
    size_t from, to;
};

static void *read_answers(void *context) {
    const struct answers_part *p = context;

    for (size_t i = p->from; i < p->to; i++) {
        const struct interaction *t = &p->answers->histories->interactions[i];
        const struct http_response *a = &t->x->response;

        if (t->history < 0)
            continue;
        p->answers->bodies[i] = jsonx_body(a);
        p->answers->is_gateways[i] =
            gateway_answered(a->status, a->body ? a->body : "", a->body_len);
    }
    return NULL;
}

static void answers_init(struct passive_answers *a, const struct histories *s) {
    size_t count = parallel_for_parts(s->count, PART_ANSWERS);
    struct answers_part parts[MAX_PARTS];

    *a = (struct passive_answers){s, mem_new(s->count + 1, sizeof(*a->bodies)),
                                  mem_new(s->count + 1, sizeof(*a->is_gateways))};
    for (size_t i = 0; i < count; i++)
        parts[i] =
            (struct answers_part){a, s->count * i / count, s->count * (i + 1) / count};
    parallel_for(parts, count, sizeof(*parts), read_answers);
}

static void answers_release(struct passive_answers *a) {
    for (size_t i = 0; i < a->histories->count; i++)
        json_decref(a->bodies[i]);
    free(a->bodies);
    free(a->is_gateways);
}

static void judge_rule(struct result_doc *doc, const struct specs *specs,
                       const struct passive_answers *a, const struct rule *rule,
                       const char *path, bool time_is_sure) {
    const struct histories *s = a->histories;
    const struct clause *clause = catalogue_clause(specs->catalogue, rule->clause);
    struct rule_context k = {.histories = s,
                             .time_is_sure = time_is_sure,
                             .memory = json_object(),
                             .found = json_array()};
    enum verdict v;
    json_t *o;

    for (size_t i = 0; i < s->count; i++) {
        k.t = &s->interactions[i];
        if (k.t->history < 0 || a->is_gateways[i])
            continue;
        k.history = &s->items[k.t->history];
        k.body = a->bodies[i];
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
    struct passive_answers answers;
    json_t *doc;
    bool sure;

    result_doc_init(&found, "check");
    found.requests = recording->count;
    answers_init(&answers, s);
    sure = recorded_time_is_sure(s, answers.bodies);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        for (size_t j = 0; j < rules[i]->count; j++)
            judge_rule(&found, specs, &answers, &rules[i]->items[j], path, sure);
    doc = result_doc_make(&found, specs, &profile, &options, NULL,
                          recording->started_ms, 0);
    answers_release(&answers);
    result_doc_release(&found);
    histories_free(s);
    return doc;
}
