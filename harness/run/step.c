/* A step comes in. It is done; its checks are judged, and what it saves is saved. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/jsonx.h"
#include "core/match.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/attempt.h"
#include "harness/run/case_offer.h"
#include "harness/run/evidence.h"
#include "harness/run/judge.h"
#include "harness/run/probe.h"
#include "harness/run/request.h"
#include "harness/run/step.h"

static const char *as_of(struct case_run *c, const struct step *s, char *out,
                         size_t size) {
    char missing[64];
    json_t *text, *filled;

    if (!strchr(s->as, '$')) {
        snprintf(out, size, "%s", s->as);
        return out;
    }
    text = json_string(s->as);
    filled = vars_fill(&c->vars, text, missing);
    snprintf(out, size, "%s",
             filled && json_is_string(filled) ? json_string_value(filled) : "main");
    json_decref(text);
    json_decref(filled);
    return out;
}

/* ---- request ---- */

static void note_leaves(struct case_run *c, const json_t *leaves) {
    for (size_t i = 0; i < json_array_size(leaves); i++) {
        const json_t *one = json_array_get(leaves, i);
        const json_t *raw = json_object_get(json_object_get(one, "name"), "$raw");
        const json_t *user = json_object_get(json_object_get(one, "scope"), "user");
        json_t *scope;
        char *name = raw ? mem_strdup(json_string_value(raw))
                         : case_wire_name(c, jsonx_string(one, "name", "x"));
        char *id = json_is_string(user) ? case_user(c, json_string_value(user)) : NULL;
        struct err err = {0};

        scope = id ? json_pack("{s:s, s:s}", "type", "user", "user", id)
                   : json_pack("{s:s}", "type", "account");
        case_note_made(c, scope, name ? name : "x", "main");
        if (!ledger_note(c->run->target.ledger, scope, name ? name : "x", "main", &err))
            c->run->doc.gone = "the clean-up ledger cannot be written";
        if (id) {
            if (!c->looked_after)
                c->looked_after = json_array();
            json_array_append(c->looked_after, scope);
        }
        json_decref(scope);
        free(name);
        free(id);
    }
}

static bool run_request(struct attempt *a, const json_t *params, const char *as) {
    struct case_run *c = a->c;
    struct exchange x = {0};

    note_leaves(c, json_object_get(params, "leaves"));
    request_build(params, &x.request);
    x.fresh = a->s->fresh;
    x.bare = a->s->bare;
    add_authorization(&c->run->target, a->s, as, &x.request.headers);
    run_send(c, &x);
    attempt_result(a, result_json(c, &x, NULL));
    attempt_keep(a, &x, as);
    exchange_release(&x);
    return true;
}

/* ---- wait ---- */

static int64_t duration(const struct case_run *c, const json_t *text) {
    const char *word = json_string_value(text);
    int64_t ms = 0;

    if (word && strcmp(word, "target.expiry_grace") == 0)
        return c->run->target.profile->expiry_grace_ms;
    if (word)
        str_to_duration(word, &ms);
    return ms;
}

/* As late as is surely before that second, whatever is unknown of the target's clock; a
 * clock that is advanced moves by whole seconds, so there one more is left. Then into
 * the last second, unless that left too little time to answer twice. */
static void wait_before(struct case_run *c, int64_t second) {
    const struct run *r = c->run;
    int64_t left = (r->target.profile->clock_path && !r->clock_fails ? 1150 : 150) +
                   (c->attempt == 0   ? 0
                    : c->attempt == 1 ? 1000
                                      : 4000);
    int64_t until;

    do {
        until = second * 1000 - left - server_clock_doubt(&r->target.clock);
        run_sleep_until(c, until);
    } while (!r->doc.gone && r->target.clock.steps == c->clock_steps &&
             second * 1000 - left - server_clock_doubt(&r->target.clock) > until + 20);
    c->last_second = c->attempt < 2 && probe_enter_last_second(c, second) ? second : 0;
}

static void run_wait(struct attempt *a, const json_t *params) {
    struct case_run *c = a->c;
    int64_t until = run_now_earliest(c->run) + duration(c, params);

    if (json_is_object(params))
        case_needs_clock(c);
    if (json_object_get(params, "before")) {
        wait_before(c, jsonx_int(params, "before", 0));
        attempt_result(a, json_pack("{s:i}", "status", 200));
        return;
    }
    if (json_is_object(params))
        until = jsonx_int(params, "until", 0) * 1000 +
                duration(c, json_object_get(params, "plus"));
    run_sleep_until(c, until);
    attempt_result(a, json_pack("{s:i}", "status", 200));
}

/* ---- a step ---- */

bool attempt_verb(struct attempt *a, struct parallel_history *h) {
    char missing[64], as[64];
    json_t *params;
    bool ok = true;

    if (a->s->verb == VERB_PARALLEL)
        return attempt_parallel(a);
    params = vars_fill(&a->c->vars, a->s->params, missing);
    if (!params) {
        free(a->c->blocked_why);
        a->c->blocked_why = mem_printf(
            "the value \"%s\" that an earlier step saves is missing", missing);
        return false;
    }
    as_of(a->c, a->s, as, sizeof(as));
    switch (a->s->verb) {
    case VERB_CALL:
        ok = attempt_send(a, a->s->call, params, as, h);
        break;
    case VERB_WALK:
        ok = attempt_walk(a, params, as);
        break;
    case VERB_REQUEST:
        ok = run_request(a, params, as);
        break;
    case VERB_WAIT:
        run_wait(a, params);
        break;
    case VERB_PARALLEL:
        break;
    }
    json_decref(params);
    return ok;
}

static bool all_hold(struct attempt *a) {
    for (size_t i = 0; i < a->s->check_count; i++)
        if (!check_holds(a->c, &a->s->checks[i], a->result))
            return false;
    return true;
}

/* Send until the checks hold or the time is over; the last answer counts. */
static bool run_eventually(struct attempt *a) {
    struct case_run *c = a->c;
    char missing[64];
    json_t *e = vars_fill(&c->vars, a->s->eventually, missing);
    int64_t within = duration(c, json_object_get(e, "within"));
    int64_t every = duration(c, json_object_get(e, "every"));
    int64_t from = jsonx_int(e, "from", 0) * 1000, deadline, sent_at;
    bool ok = e != NULL;

    if (ok && from)
        run_sleep_until(c, from);
    deadline = (from ? from : run_now_earliest(c->run)) + within;
    while (ok) {
        sent_at = run_now_earliest(c->run);
        ok = attempt_verb(a, NULL);
        if (!ok || all_hold(a)) {
            double lag = (double)(run_now_latest(c->run) - from);

            if (ok && from && json_object_get(e, "measure") &&
                lag > c->run->doc.expiry_lag_ms)
                c->run->doc.expiry_lag_ms = lag;
            break;
        }
        if (sent_at >= deadline || c->run->doc.gone ||
            c->run->target.clock.steps != c->clock_steps)
            break;
        run_sleep_until(c, sent_at + (every ? every : 200) < deadline
                               ? sent_at + (every ? every : 200)
                               : deadline);
    }
    json_decref(e);
    return ok;
}

static void save_values(struct case_run *c, const struct step *s,
                        const json_t *result) {
    for (size_t i = 0; i < s->save_count; i++) {
        json_t *value = jsonx_at(result, s->saves[i].pointer);

        if (value)
            vars_set(&c->vars, s->saves[i].variable, value);
        else if (c->vars.map)
            json_object_del(c->vars.map, s->saves[i].variable);
    }
}

/* Of a parallel block: any of its results. */
static bool lacks_answer(const json_t *result) {
    json_t *branches = json_object_get(result, "results");

    for (size_t i = 0; i < json_array_size(branches); i++)
        for (size_t j = 0; j < json_array_size(json_array_get(branches, i)); j++)
            if (lacks_answer(json_array_get(json_array_get(branches, i), j)))
                return true;
    return jsonx_int(result, "status", 1) == 0;
}

/* SET-12: after a refusal the earlier secret reads as before, or there is none: 404, or
 * 400 where the name itself is what cannot be. */
static void look_for_leftover(struct attempt *a, const struct check *k) {
    struct case_run *c = a->c;
    const struct call *find = catalogue_effect(c->run->specs->catalogue, EFFECT_READS);
    int status = (int)jsonx_int(a->result, "status", 0);
    struct step plain = {.verb = VERB_CALL, .call = find, .as = "main"};
    struct attempt look = {.c = c, .s = &plain, .transcript = json_array()};
    char missing[64], as[64], *slot;
    json_t *params, *expect, *scope;
    const char *before;
    bool shown = !case_offer_lacks(c->run, OFFER_EXPAND); /* is the payload? */
    struct mismatches m = {0};
    struct built b = {0};

    if (status < 400 || status > 499) {
        check_record(c, k, VERDICT_PASS,
                     "the set was not refused, so there is nothing to look for", NULL,
                     NULL);
        goto out;
    }
    params = vars_fill(&c->vars, a->s->params, missing);
    build_call(c, NULL, a->s->call, params, &b);
    scope = json_incref(json_object_get(params, "scope"));
    json_decref(params);
    slot = slot_of(world_of(as_of(c, a->s, as, sizeof(as))), b.scope, b.name);
    before = jsonx_string(c->acked, slot, NULL);
    params = json_pack("{s:{s:s}, s:o}", "name", "$raw", b.name, "scope", scope);
    if (shown)
        json_object_set_new(params, "expand", json_pack("[s]", "payload"));
    attempt_send(&look, find, params, world_of(as), NULL);
    expect = !before ? json_pack("{s:{s:[i, i]}}", "status", "$any_of", 404, 400)
                     : json_pack("{s:i}", "status", 200);
    if (before && shown)
        json_object_set_new(expect, "body", json_pack("{s:s}", "payload", before));
    if (c->saw_unreachable && (!look.result || lacks_answer(look.result))) {
        check_record(c, k, VERDICT_ERROR, jsonx_string(look.result, "failure", NULL),
                     NULL, attempt_transcript(a));
    } else if (match(expect, look.result, &m)) {
        check_record(c, k, VERDICT_PASS, NULL, NULL, NULL);
    } else {
        json_array_extend(attempt_transcript(a), attempt_transcript(&look));
        check_record(c, k, verdict_for(k->clause), "after the refused set",
                     evidence_mismatches(&c->run->target, &m), a->transcript);
    }
    mismatches_release(&m);
    json_decref(expect);
    json_decref(params);
    free(slot);
    built_release(&b);
out:
    attempt_release(&look);
}

static bool came_too_late(struct case_run *c, const struct step *s) {
    char missing[64];
    json_t *text, *at;
    bool late = false;

    if (!s->valid_if_before)
        return false;
    text = json_string(s->valid_if_before);
    at = vars_fill(&c->vars, text, missing);
    if (json_is_integer(at))
        late = json_integer_value(at) == c->last_second
                   ? !probe_still_before(c, c->last_second)
                   : run_now_latest(c->run) >= json_integer_value(at) * 1000;
    json_decref(text);
    json_decref(at);
    return late;
}

static void judge(struct attempt *a, bool ran) {
    struct case_run *c = a->c;

    for (size_t i = 0; i < a->s->check_count; i++) {
        const struct check *k = &a->s->checks[i];

        if (c->run->doc.gone)
            check_record(c, k, VERDICT_ERROR, c->run->doc.gone, NULL, NULL);
        else if (!ran || !a->result)
            check_record(c, k, VERDICT_BLOCKED,
                         c->blocked_why ? c->blocked_why : c->run->doc.gone, NULL,
                         NULL);
        else if (c->saw_unreachable && lacks_answer(a->result))
            check_record(c, k, VERDICT_ERROR,
                         jsonx_string(a->result, "failure",
                                      "the target can no longer be reached"),
                         NULL, attempt_transcript(a));
        else if (k->left_nothing)
            look_for_leftover(a, k);
        else
            attempt_judge(a, k);
    }
}

static bool given_succeeded(struct attempt *a, bool ran) {
    json_int_t status = jsonx_int(a->result, "status", 200);
    struct case_run *c = a->c;
    char *what;

    if (ran && status >= 200 && status < 300)
        return true;
    free(c->blocked_why);
    attempt_transcript(a);
    what = status ? mem_printf("%lld", (long long)status)
                  : mem_printf("nothing: %s", jsonx_string(a->result, "failure", ""));
    c->blocked_why = a->s->call
                         ? mem_printf("preparation failed: %s answered %s (%s)",
                                      a->s->call->name, what, a->s->call->clause->id)
                         : mem_printf("preparation failed");
    free(what);
    return false;
}

static void number_the_repetition(struct case_run *c, const struct step *s,
                                  json_int_t n) {
    json_t *number;

    if (!s->repeat)
        return;
    number = json_integer(n);
    vars_set(&c->vars, "n", number);
    json_decref(number);
}

/* Repetitions behind one that went wrong: what comes later rests on all of them. */
static void finish_repetitions(struct case_run *c, const struct step *s, json_int_t n,
                               json_int_t times) {
    for (; n <= times && !c->run->doc.gone; n++) {
        struct attempt a = {.c = c, .s = s, .transcript = json_array()};
        bool ran;

        number_the_repetition(c, s, n);
        ran = attempt_verb(&a, NULL);
        attempt_release(&a);
        if (!ran)
            return;
    }
}

bool step_run(struct case_run *c, const struct step *s, bool given) {
    struct attempt a = {.c = c, .s = s, .transcript = json_array()};
    char missing[64];
    json_t *repeat = s->repeat ? vars_fill(&c->vars, s->repeat, missing) : NULL;
    json_int_t times = json_is_integer(repeat) ? json_integer_value(repeat) : 1, n = 1;
    bool ran = true, ok = true;

    c->log.step_from = c->log.count;
    for (; ran && n <= times && !c->run->doc.gone; n++) {
        number_the_repetition(c, s, n);
        if (n > 1 && s->pace_ms)
            run_sleep_until(c, run_now_earliest(c->run) + s->pace_ms);
        ran = s->eventually ? run_eventually(&a) : attempt_verb(&a, NULL);
        if (given && ran && !given_succeeded(&a, ran))
            break;
        if (!given && ran && s->verb == VERB_PARALLEL && !all_hold(&a))
            break; /* what went wrong once is what is judged */
    }
    if (c->run->doc.gone && !a.result)
        ran = false;
    if (given)
        ok = given_succeeded(&a, ran);
    else if (ran && came_too_late(c, s))
        c->void_answer = true;
    else
        judge(&a, ran);
    if (ran && a.result)
        save_values(c, s, a.result);
    if (ran && !given && s->verb == VERB_PARALLEL && !c->void_answer)
        finish_repetitions(c, s, n + 1, times);
    json_decref(repeat);
    attempt_release(&a);
    return ok;
}
