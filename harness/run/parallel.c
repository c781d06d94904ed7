/* The branches of a parallel block come in. They run side by side; their results go
 * out, and whether some order explains them. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/run/attempt.h"
#include "harness/run/judge.h"

struct branch_run {
    struct attempt *parent;
    const struct branch *branch;
    struct fiber *owner; /* waits for the last branch */
    struct parallel_history *history;
    json_t *results;
    size_t *left;
};

static void branch_main(void *context) {
    struct branch_run *b = context;

    for (size_t i = 0; i < b->branch->step_count; i++) {
        const struct step *s = &b->branch->steps[i];
        struct attempt a = {.c = b->parent->c, .s = s, .transcript = json_array()};
        json_int_t times =
            json_is_integer(s->repeat) ? json_integer_value(s->repeat) : 1;

        for (json_int_t n = 1; n <= times; n++) {
            attempt_verb(&a, b->history);
            json_array_append(b->results, a.result ? a.result : json_null());
        }
        json_array_extend(b->parent->transcript, attempt_transcript(&a));
        for (size_t k = 0; k < s->check_count; k++)
            attempt_judge(&a, &s->checks[k]);
        attempt_release(&a);
    }
    if (--*b->left == 0)
        run_ready(b->parent->c->run, b->owner);
}

/* Every name of the block on its own; the first that cannot be explained is named. */
static enum linearized explain_history(struct case_run *c, struct parallel_history *h,
                                       char **why) {
    struct operation *some = mem_new(h->count + 1, sizeof(*some));
    enum linearized found = LINEARIZE_FOUND;

    for (size_t i = 0; i < h->count; i++) {
        enum linearized one;
        size_t n = 0;
        bool first = true;

        for (size_t j = 0; j < h->count; j++) {
            if (strcmp(h->ops[j].key, h->ops[i].key) != 0)
                continue;
            first = first && j >= i;
            some[n++] = h->ops[j];
        }
        if (!first)
            continue;
        one = linearizable(some, n, jsonx_string(c->acked, h->ops[i].key, NULL));
        if (one == LINEARIZE_NONE) {
            *why =
                mem_printf("no order of the %zu operations explains their answers", n);
            found = one;
            break;
        }
        found = one == LINEARIZE_UNKNOWN ? one : found;
    }
    free(some);
    return found;
}

/* By name the values that all answers of the branches have: {name: [value, ..]}. */
static json_t *collect_headers(const json_t *results) {
    json_t *all = json_object();

    for (size_t b = 0; b < json_array_size(results); b++)
        for (size_t i = 0; i < json_array_size(json_array_get(results, b)); i++) {
            json_t *answer = json_array_get(json_array_get(results, b), i), *value;
            const char *name;

            json_object_foreach(json_object_get(answer, "headers"), name, value) {
                if (!json_object_get(all, name))
                    json_object_set_new(all, name, json_array());
                json_array_append(json_object_get(all, name), value);
            }
        }
    return all;
}

bool attempt_parallel(struct attempt *a) {
    size_t count = a->s->branch_count, left = count;
    struct branch_run *runs = mem_new(count, sizeof(*runs));
    struct fiber **fibers = mem_new(count, sizeof(*fibers));
    struct parallel_history *h = mem_new(1, sizeof(*h));
    json_t *results = json_array(), *acked = json_deep_copy(a->c->acked), *now;
    char *why = NULL;
    enum linearized found;

    for (size_t i = 0; i < count; i++) {
        runs[i] = (struct branch_run){a, &a->s->branches[i], fiber_self(),
                                      h, json_array(),       &left};
        json_array_append_new(results, runs[i].results);
        fibers[i] = fiber_new(branch_main, &runs[i]);
        run_ready(a->c->run, fibers[i]);
    }
    while (left > 0)
        fiber_pause();
    now = a->c->acked; /* what stood before the block is where the history begins */
    a->c->acked = acked;
    found = explain_history(a->c, h, &why);
    a->c->acked = now;
    json_decref(acked);
    attempt_result(a,
                   json_pack("{s:o, s:o, s:b, s:s}", "results", results, "headers",
                             collect_headers(results), "linearizable",
                             found == LINEARIZE_FOUND, "explanation", why ? why : ""));
    if (found == LINEARIZE_UNKNOWN)
        a->undecided = "there are too many orders of these operations to try them all";
    for (size_t i = 0; i < count; i++)
        fiber_free(fibers[i]);
    for (size_t i = 0; i < h->count; i++) {
        free(h->ops[i].key);
        free(h->values[i]);
    }
    free(h->ops);
    free(h->values);
    free(why);
    free(h);
    free(fibers);
    free(runs);
    return true;
}
