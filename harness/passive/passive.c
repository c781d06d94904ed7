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

enum { PART_ANSWERS = 500, WINDOW = 2000 };

/* What every rule is shown of some interactions, one after the other. */
struct passive_window {
    const struct histories *histories;
    size_t from, count;
    json_t *bodies[WINDOW];   /* NULL = no JSON, or in no history */
    bool is_gateways[WINDOW]; /* a gateway answered */
};

struct passive_part {
    struct passive_window *window;
    const struct histories *histories;
    int64_t *created;
    size_t from, to; /* of the window, or of all */
};

static void *read_answers(void *context) {
    const struct passive_part *p = context;

    for (size_t i = p->from; i < p->to; i++) {
        const struct interaction *t = &p->histories->interactions[p->window->from + i];
        const struct http_response *a = &t->x->response;

        if (t->history < 0)
            continue;
        p->window->bodies[i] = jsonx_body(a);
        p->window->is_gateways[i] =
            gateway_answered(a->status, a->body ? a->body : "", a->body_len);
    }
    return NULL;
}

static void *read_created(void *context) {
    const struct passive_part *p = context;

    for (size_t i = p->from; i < p->to; i++) {
        const struct interaction *t = &p->histories->interactions[i];
        json_t *body = recorded_time_asks(t) ? jsonx_body(&t->x->response) : NULL;

        p->created[i] = jsonx_int(body, "created", 0);
        json_decref(body);
    }
    return NULL;
}

/* `like`, for `count` of what it is about, on all cores. */
static void in_parts(struct passive_part like, size_t count, void *(*run)(void *part)) {
    size_t n = parallel_for_parts(count, PART_ANSWERS);
    struct passive_part parts[MAX_PARTS];

    for (size_t i = 0; i < n; i++) {
        parts[i] = like;
        parts[i].from = count * i / n;
        parts[i].to = count * (i + 1) / n;
    }
    parallel_for(parts, n, sizeof(*parts), run);
}

static bool time_is_sure(const struct histories *s) {
    int64_t *created = mem_new(s->count + 1, sizeof(*created));
    bool sure;

    in_parts((struct passive_part){.histories = s, .created = created}, s->count,
             read_created);
    sure = recorded_time_is_sure(s, created);
    free(created);
    return sure;
}

/* --- rules --- */

struct judging {
    const struct rule *rule;
    struct rule_context k;
};

static struct judging *judging_new(const struct histories *s, size_t *count) {
    bool sure = time_is_sure(s);
    struct judging *all = NULL;

    *count = 0;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        for (size_t j = 0; j < rules[i]->count; j++) {
            all = mem_grow(all, *count + 1, sizeof(*all));
            all[(*count)++] = (struct judging){&rules[i]->items[j],
                                               {.histories = s,
                                                .time_is_sure = sure,
                                                .memory = json_object(),
                                                .found = json_array()}};
        }
    return all;
}

static void judge_window(const struct passive_window *w, struct judging *j) {
    struct rule_context *k = &j->k;

    for (size_t i = 0; i < w->count; i++) {
        k->t = &w->histories->interactions[w->from + i];
        if (k->t->history < 0 || w->is_gateways[i])
            continue;
        k->history = &w->histories->items[k->t->history];
        k->body = w->bodies[i];
        k->answered_well = k->t->x->response.status / 100 == 2;
        j->rule->judge(k);
    }
}

/* So that not all answers are in memory as JSON at once. */
static void judge_all(const struct histories *s, struct judging *all, size_t count) {
    struct passive_window *w = mem_new(1, sizeof(*w));

    w->histories = s;
    for (w->from = 0; w->from < s->count; w->from += w->count) {
        w->count = s->count - w->from < WINDOW ? s->count - w->from : WINDOW;
        in_parts((struct passive_part){.histories = s, .window = w}, w->count,
                 read_answers);
        for (size_t i = 0; i < count; i++)
            judge_window(w, &all[i]);
        for (size_t i = 0; i < w->count; i++) {
            json_decref(w->bodies[i]);
            w->bodies[i] = NULL;
            w->is_gateways[i] = false;
        }
    }
    free(w);
}

static void conclude(struct result_doc *doc, const struct specs *specs,
                     struct judging *j, const char *path) {
    const struct rule *rule = j->rule;
    const struct clause *clause = catalogue_clause(specs->catalogue, rule->clause);
    enum verdict v = json_array_size(j->k.found) ? verdict_for(clause)
                     : j->k.judged               ? VERDICT_PASS
                                                 : VERDICT_SKIP;
    json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "id",
                          json_sprintf("recording/%s/%s", rule->name, rule->clause),
                          "clause", rule->clause, "level", level_name(clause->level),
                          "verdict", verdict_name(v), "case", "recording", "title",
                          rule->title, "file", path, "line", 0, "column", 0);

    if (v == VERDICT_SKIP)
        json_object_set_new(o, "reason", json_string("nothing recorded speaks of it"));
    else
        json_object_set_new(o, "say", json_sprintf("%u judged", j->k.judged));
    if (json_array_size(j->k.found))
        json_object_set(o, "mismatches", j->k.found);
    json_decref(j->k.found);
    json_decref(j->k.memory);
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
    struct judging *all;
    size_t count;
    json_t *doc;

    result_doc_init(&found, "check");
    found.requests = recording->count;
    all = judging_new(s, &count);
    judge_all(s, all, count);
    for (size_t i = 0; i < count; i++)
        conclude(&found, specs, &all[i], path);
    free(all);
    doc = result_doc_make(&found, specs, &profile, &options, NULL,
                          recording->started_ms, 0);
    result_doc_release(&found);
    histories_free(s);
    return doc;
}
