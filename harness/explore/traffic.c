/* The exchanges of a run come in, one by one. Out go the checks that the rules of
 * recordings make of them. */
#include "harness/explore/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/passive/passive.h"
#include "harness/run/client.h"
#include "recording/redact/redactor.h"

enum { MOST_EXCHANGES = 50000 };

struct traffic {
    struct recording recording;
    struct redactor *redactor;
    int64_t began_us;
};

struct traffic *traffic_new(const struct profile *p) {
    struct traffic *t = mem_new(1, sizeof(*t));

    t->redactor = redactor_new();
    redactor_add_profile(t->redactor, p);
    t->began_us = clock_steady_us();
    t->recording.started_ms = clock_even_ms();
    return t;
}

void traffic_free(struct traffic *t) {
    if (!t)
        return;
    recording_release(&t->recording);
    redactor_free(t->redactor);
    free(t);
}

void traffic_add(void *context, const struct exchange *x) {
    struct traffic *t = context;
    struct recorded *r;

    if (t->recording.count >= MOST_EXCHANGES)
        return;
    r = recording_add(&t->recording);
    r->number = t->recording.count;
    r->began_us = x->begin_us - t->began_us;
    r->ended_us = (x->end_us > x->begin_us ? x->end_us : x->begin_us) - t->began_us;
    r->outcome = x->failure || x->doubtful ? OUTCOME_UNKNOWN : OUTCOME_ANSWERED;
    http_request_copy(&r->request, &x->request);
    http_response_copy(&r->response, &x->response);
    redactor_request(t->redactor, &r->request);
    redactor_response(t->redactor, &r->response);
}

json_t *traffic_judge(const struct traffic *t, struct catalogue *catalogue) {
    static const char there[] = "recording/";
    struct specs specs = {.catalogue = catalogue};
    json_t *doc = passive_check(&t->recording, "explore.yaml", &specs), *check,
           *kept = json_array();
    size_t i;

    json_array_foreach(json_object_get(doc, "checks"), i, check) {
        const char *id = jsonx_string(check, "id", ""), *rule, *clause;

        if (strcmp(jsonx_string(check, "verdict", ""), "skip") == 0 ||
            strncmp(id, there, strlen(there)) != 0)
            continue;
        rule = id + strlen(there);
        clause = jsonx_string(check, "clause", "");
        json_object_set_new(check, "id",
                            json_sprintf("explore/traffic/%.*s.%s",
                                         (int)strcspn(rule, "/"), rule, clause));
        json_object_set_new(check, "case", json_string("explore/traffic"));
        json_array_append(kept, check);
    }
    json_decref(doc);
    return kept;
}
