/* A recording and a target come in. Each request is sent again in order; the checks of
 * the result document go out. */
#include "harness/diff/diff.h"
#include "api/gateway.h"
#include "api/secrets_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_clock.h"
#include "core/clock.h"
#include "core/form.h"
#include "core/id.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/diff/compare.h"
#include "harness/run/evidence.h"
#include "harness/run/redact_doc.h"
#include "harness/run/request.h"
#include "recording/history/history_load.h"
#include "recording/redact/redactor.h"

enum { MAX_UNREACHED = 3 };

/* True if it was not noted before. */
static bool note_left(struct diff *d, const char *role, json_t *scope,
                      const char *name) {
    bool is_new;
    char *key = mem_printf("%s\n%s\n%s", role, jsonx_string(scope, "user", ""), name);
    struct err err = {0};

    is_new = !json_object_get(d->left, key);
    if (is_new) {
        ledger_note(d->target.ledger, scope, name, role, &err);
        json_object_set_new(d->left, key, json_pack("[s, O, s]", role, scope, name));
    }
    free(key);
    return is_new;
}

/* What was noted last was never sent: nobody was reached. */
static void forget_last(struct diff *d) {
    const char *key, *last = NULL;
    json_t *one;

    json_object_foreach(d->left, key, one)
        last = key;
    if (last)
        json_object_del(d->left, last);
}

static bool note_made(struct diff *d, const struct interaction *t) {
    bool is_new;
    const char *role = diff_role(d, t);
    char *name, *user;
    json_t *scope;

    if (t->key.op != API_SET || !t->key.name || !t->key.type || !role || !*role)
        return false;
    name = diff_name(d, t->key.name);
    user = t->key.user ? diff_user(d, t->key.user) : NULL;
    scope = user ? json_pack("{s:s, s:s}", "type", "user", "user", user)
                 : json_pack("{s:s}", "type", "account");
    is_new = note_left(d, role, scope, name);
    json_decref(scope);
    free(name);
    free(user);
    return is_new;
}

void diff_ask(struct diff *d, enum effect effect, const char *role, json_t *scope,
              const char *name, const char *expires_at, struct exchange *x) {
    const struct call *call = catalogue_effect(d->specs->catalogue, effect);
    json_t *params = json_pack("{s:s, s:O, s:s*}", "name", name, "scope", scope,
                               "expires_at", expires_at);
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct form form = {0};
    bool is_new = false;
    char *target;

    if (effect == EFFECT_WRITES) {
        json_object_set_new(params, "payload", json_string("tick-6f02-payload"));
        is_new = note_left(d, role, scope, name);
    }
    form_from_json(&form, params, 0);
    form_write(&text, &form, 0);
    target = call->in_body ? mem_strdup(call->path)
                           : mem_printf("%s?%s", call->path, text.ptr);
    http_request_set(&x->request, call->method, target);
    add_authorization(&d->target, NULL, role, &x->request.headers);
    if (call->in_body) {
        http_headers_add(&x->request.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
        http_request_body(&x->request, text.ptr, text.len);
    }
    if (d->unreached < MAX_UNREACHED)
        diff_send(d, x);
    if (is_new && !x->response.status && d->unreached)
        forget_last(d);
    free(target);
    form_release(&form);
    buf_release(&text);
    json_decref(params);
}

static void remove_left(struct diff *d) {
    const char *key;
    json_t *one;

    json_object_foreach(d->left, key, one) {
        json_t *scope = json_array_get(one, 1);
        const char *name = json_string_value(json_array_get(one, 2));
        struct exchange x = {0};

        if (d->target.lost)
            x.failure = mem_strdup(d->doc.gone);
        else
            diff_ask(d, EFFECT_REMOVES, json_string_value(json_array_get(one, 0)),
                     scope, name, NULL, &x);
        if (x.failure || (x.response.status != 404 && x.response.status / 100 != 2 &&
                          x.response.status / 100 != 4))
            json_array_append_new(
                d->doc.leftovers,
                json_pack("{s:O, s:s, s:s}", "scope", scope, "name", name, "why",
                          x.failure ? x.failure : "delete was refused"));
        exchange_release(&x);
    }
}

/* --- judging --- */

static const char *clause_of(const struct interaction *t) {
    static const char *const by_op[] = {[API_SET] = "SET-1",
                                        [API_FIND] = "FIND-1",
                                        [API_LIST] = "LIST-1",
                                        [API_DELETE] = "DEL-1",
                                        [API_OTHER] = "ERR-5"};

    return t->x->response.status >= 400 ? "ERR-1" : by_op[t->key.op];
}

static bool refused_for_payload(const struct interaction *t) {
    json_t *body = jsonx_body(&t->x->response);
    const char *param = jsonx_string(json_object_get(body, "error"), "param", "");
    bool by_payload = t->x->response.status >= 400 && t->key.op == API_SET &&
                      (strcmp(param, "payload") == 0 || !*param) && t->key.payload &&
                      redactor_token(t->key.payload, strlen(t->key.payload));

    json_decref(body);
    return by_payload;
}

/* Why an exchange cannot be held against the target; NULL = it can. */
static const char *why_not(const struct diff *d, const struct interaction *t) {
    if (has_doubt(t, DOUBT_CONCURRENT | DOUBT_AFTER_CONCURRENT))
        return "it overlapped a write: its answer is no evidence";
    if (!diff_role(d, t))
        return "the profile has no credential for its key";
    if (refused_for_payload(t))
        return "it was refused for a payload that the recording does not hold";
    if (gateway_answered(t->x->response.status,
                         t->x->response.body ? t->x->response.body : "",
                         t->x->response.body_len))
        return "a gateway answered it";
    return NULL;
}

static void record_check(struct diff *d, const struct interaction *t, enum verdict v,
                         const char *reason, json_t *mismatches,
                         const struct exchange *x) {
    const struct clause *clause = catalogue_clause(d->specs->catalogue, clause_of(t));
    json_t *o =
        json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:i}", "id",
                  json_sprintf("diff/exchange-%llu/%s",
                               (unsigned long long)t->x->number, clause->id),
                  "clause", clause->id, "level", level_name(clause->level), "verdict",
                  verdict_name(v), "case", "diff", "title",
                  json_sprintf("%s %.*s answers as recorded", t->x->request.method,
                               (int)http_target_path_len(t->x->request.target),
                               t->x->request.target),
                  "file", d->path, "line", t->x->line, "column", 1);

    if (reason)
        json_object_set_new(o, "reason", json_string(reason));
    if (json_array_size(mismatches))
        json_object_set(o, "mismatches", mismatches);
    if (v == VERDICT_WARN)
        json_object_set_new(o, "changed", json_true());
    if (x && v != VERDICT_PASS && v != VERDICT_SKIP) {
        json_object_set_new(
            o, "transcript",
            json_pack("[o]", exchange_json(&d->target, x, diff_role(d, t))));
        json_object_set_new(o, "exchange", json_integer(0));
    }
    json_array_append_new(d->doc.checks, o);
    if (d->progress && d->progress->check)
        d->progress->check(d->progress->context, o);
}

/* What was made just then may show that its Date is late. */
static void note_new(struct diff *d, const struct interaction *t,
                     const struct exchange *x) {
    const char *date = http_headers_get(&x->response.headers, "Date");
    int64_t date_s;
    json_t *body;

    if (t->key.op != API_SET || x->failure || x->response.status != 200 || !date ||
        !http_date_parse(date, &date_s))
        return;
    body = jsonx_body(&x->response);
    if (jsonx_int(body, "created", 0) >= date_s) /* else it may have been made before */
        server_clock_made(&d->target.clock, x->begin_ms, x->end_ms, date_s,
                          jsonx_int(body, "created", 0));
    json_decref(body);
}

static const char changed_only[] = "changed in what the API leaves free";

static void follow_interaction(struct diff *d, const struct interaction *t) {
    struct compare k = {.d = d, .t = t, .found = json_array()};
    const char *skip = why_not(d, t);
    struct exchange x = {0};
    bool is_new;

    buf_init(&k.pointer, BUF_UNLIMITED);
    d->sent_expires = 0;
    if (!diff_time_catch_up(d, t))
        skip = "more time would have to pass than is waited for";
    if (!diff_role(d, t) || refused_for_payload(t)) {
        record_check(d, t, VERDICT_SKIP, skip, NULL, NULL);
    } else {
        diff_request(d, t, &x.request);
        is_new = note_made(d, t);
        diff_send(d, &x);
        if (is_new && x.unreachable)
            forget_last(d);
        note_new(d, t, &x);
        k.now = diff_time_now(d);
        if (!skip && diff_time_blurs(d, t, &x))
            skip =
                "a secret of its scope expired about then: its answer is no evidence";
        if (!skip && x.doubtful)
            skip = "a gateway answered first: it may have been done twice";
        diff_time_note(d, t);
        if (x.failure) {
            record_check(d, t, VERDICT_ERROR, x.failure, NULL, &x);
        } else {
            compare_answer(&k, &t->x->response, &x.response);
            skip = skip ? skip : k.skip;
            record_check(d, t,
                         skip        ? VERDICT_SKIP
                         : k.broken  ? VERDICT_FAIL
                         : k.changed ? VERDICT_WARN
                                     : VERDICT_PASS,
                         skip                     ? skip
                         : k.broken || !k.changed ? NULL
                                                  : changed_only,
                         skip ? NULL : k.found, &x);
        }
    }
    exchange_release(&x);
    buf_release(&k.pointer);
    json_decref(k.found);
}

/* What time it is there, before the first answer is compared. The status. */
static int probe(struct diff *d) {
    struct exchange x = {0};
    int status;
    char *target = mem_printf(API_PATH "?scope%%5Btype%%5D=user&"
                                       "scope%%5Buser%%5D=usr_%s",
                              d->id);

    http_request_set(&x.request, "GET", target);
    add_authorization(&d->target, NULL, "main", &x.request.headers);
    diff_send(d, &x);
    status = x.failure ? 0 : x.response.status;
    exchange_release(&x);
    free(target);
    return status;
}

static bool key_refused(struct diff *d) {
    if (probe(d) != 401)
        return false;
    d->target.bearer = true;
    return probe(d) == 401;
}

/* We move the clock ourselves, as far as is needed. */
static bool moves_clock(const struct diff *d, const struct interaction *t) {
    int64_t seconds;

    return profile_clock_is(d->target.profile, &t->x->request, &seconds);
}

static void do_all(struct diff *d) {
    size_t done = 0;

    if (key_refused(d)) {
        d->doc.gone = "the target refuses the key of main, with HTTP Basic and Bearer";
        return;
    }
    diff_time_settle(d);
    for (size_t i = 0; i < d->histories->count && d->unreached < MAX_UNREACHED; i++) {
        const struct interaction *t = &d->histories->interactions[i];

        if (run_stop_heard(d->options->stop))
            break;
        if (t->history >= 0 && !moves_clock(d, t))
            follow_interaction(d, t);
        if (d->progress && d->progress->tick)
            d->progress->tick(d->progress->context, ++done, d->histories->count, 1, 0,
                              NULL, NULL, 0);
    }
    if (d->unreached >= MAX_UNREACHED)
        d->doc.gone =
            d->why_unreached ? d->why_unreached : "the target cannot be reached";
    else if (run_stop_heard(d->options->stop))
        d->doc.gone = "interrupted";
    remove_left(d);
}

/* One that cannot be compared with those that were sent may be any of them. */
static bool knows_payload(const struct histories *s, const json_t *known,
                          const json_t *object) {
    const char *payload = jsonx_string(object, "payload", NULL), *other;
    bool may_be =
        !payload || !str_starts(payload, "payload:") || json_object_get(known, payload);
    json_t *unused;

    if (may_be || s->recording->session_count < 2)
        return may_be;
    json_object_foreach((json_t *)(uintptr_t)known, other, unused)
        may_be = may_be ||
                 identity_compare(s->identity, other, payload) != SAMENESS_DIFFERENT;
    return may_be;
}

/* Payloads came back there that were never sent: they were changed, or are older. */
static bool changes_payloads(const struct histories *histories) {
    json_t *known = json_object(), *body, *item;
    bool changed = false;
    size_t n;

    for (size_t i = 0; i < histories->count; i++) /* what overlaps may be read first */
        if (histories->interactions[i].key.payload)
            json_object_set_new_nocheck(known, histories->interactions[i].key.payload,
                                        json_true());
    for (size_t i = 0; i < histories->count && !changed; i++) {
        body = jsonx_body(&histories->interactions[i].x->response);
        changed = !knows_payload(histories, known, body);
        json_array_foreach(json_object_get(body, "data"), n, item)
            changed = changed || !knows_payload(histories, known, item);
        json_decref(body);
    }
    json_decref(known);
    return changed;
}

json_t *diff_run(const struct recording *recording, const char *path,
                 const struct specs *specs, const struct profile *profile,
                 const struct run_options *options, const struct run_progress *progress,
                 struct err *err) {
    struct client_options o = client_options_for(profile, 2, options->stop);
    struct diff d = {.target = {.profile = profile},
                     .specs = specs,
                     .options = options,
                     .histories = histories_new(recording),
                     .ids = json_object(),
                     .owners = json_object(),
                     .times = json_object(),
                     .left = json_object(),
                     .expiring = json_object(),
                     .sent_times = json_object(),
                     .path = path,
                     .progress = progress};
    int64_t began = clock_steady_ms(), wall = clock_wall_ms();
    struct id_source ids;
    json_t *results = NULL;

    d.plain = changes_payloads(d.histories);
    result_doc_init(&d.doc, "diff");
    d.target.clock.advances = profile->clock_path != NULL;
    id_seed(&ids, options->seed);
    id_make_lower(&ids, "", 6, d.doc.run_id, sizeof(d.doc.run_id));
    snprintf(d.id, sizeof(d.id), "assay%.6s", d.doc.run_id);
    evidence_without_keys(&d.target);
    d.target.ledger = ledger_new(options->ledger_dir, profile->base_url, d.doc.run_id);
    if (!ledger_ready(d.target.ledger, err)) {
        ledger_close(d.target.ledger, false);
    } else {
        d.target.client = client_new(&o);
        do_all(&d);
        redact_doc(&d.doc, d.target.redactor);
        results = result_doc_make(&d.doc, specs, profile, options, &d.target.clock,
                                  wall, clock_steady_ms() - began);
        ledger_close(d.target.ledger, json_array_size(d.doc.leftovers) > 0);
        client_free(d.target.client);
    }
    histories_free(d.histories);
    free(d.why_unreached);
    json_decref(d.ids);
    json_decref(d.owners);
    json_decref(d.times);
    json_decref(d.left);
    json_decref(d.expiring);
    json_decref(d.sent_times);
    result_doc_release(&d.doc);
    redactor_free(d.target.redactor);
    return results;
}
